# Every target works on a fresh Debian machine with Python 3.11+; nothing is downloaded while the software runs.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: install demo experiment-demo test check lock proofs clean

install: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@sh scripts/install.sh $(PYTHON)
	@touch $(STAMP)

demo: install  ## RedOne 2.0 on the embedded platform, then the report
	@start=$$(date +%s); $(BIN)/redone run recipes/redone-2-nano.yaml --out runs/demo && \
	echo "run time: $$(( $$(date +%s) - start )) s (installation not counted)"

experiment-demo: install  ## simulated users, the demo's model against its base, then the report; trains nothing
	@test -d runs/demo/model || { echo "runs/demo/model is missing: make demo trains it"; exit 2; }
	$(BIN)/redone experiment simulate --treatment runs/demo/model --control runs/demo/stages/00-base/model \
		--notes 160 --out runs/experiment-demo
	$(BIN)/redone experiment analyze runs/experiment-demo/exposures.parquet --out runs/experiment-demo

check: install  ## style and types
	$(BIN)/ruff check src tests examples scripts benchmarks
	$(BIN)/ruff format --check src tests examples scripts benchmarks
	$(BIN)/mypy

test: check  ## every fast test
	$(BIN)/python -m pytest

proofs: install  ## the slow proofs: kill and resume, ablation gates
	$(BIN)/python -m pytest -m slow

lock:  ## resolve the newest versions that pyproject.toml admits and pin them
	@sh scripts/lock.sh $(PYTHON)

clean:
	rm -rf .venv runs
