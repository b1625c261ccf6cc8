from collections import Counter
from dataclasses import replace

from redone.recipe.stages.classes import even_classes
from redone.records import Example, Message


def example(number: int, answer: str, **fields: object) -> Example:
    made = Example(
        id=f"e{number}",
        task="t",
        language="en",
        messages=(Message(role="user", content=f"note {number}"),),
        references=(answer,),
        target=answer,
        choices=("yes", "no", "maybe"),
    )
    return replace(made, **fields)


def test_a_class_is_cut_to_the_rarest_of_its_task_and_language() -> None:
    pool = [example(n, "yes" if n % 3 else "no") for n in range(30)]
    pool += [example(100 + n, "yes", language="zh") for n in range(9)]
    kept = even_classes(pool)
    assert Counter(e.references[0] for e in kept if e.language == "en") == {"yes": 10, "no": 10}
    assert sum(e.language == "zh" for e in kept) == 9, "one class cannot be evened"
    assert [e.id for e in kept] == [e.id for e in pool if e in kept], "in order"


def test_a_class_keeps_a_few_however_rare_another_is() -> None:
    kept = even_classes([example(n, "yes" if n else "no") for n in range(30)])
    assert Counter(e.references[0] for e in kept) == {"yes": 4, "no": 1}


def test_open_answers_and_many_classes_are_left_alone() -> None:
    free = [example(n, "yes" if n % 3 else "no", choices=()) for n in range(12)]
    assert even_classes(free) == free
    many = [example(n, "abcdef"[min(n, 5)], choices=tuple("abcdef")) for n in range(40)]
    assert even_classes(many) == many
    assert even_classes([]) == []
