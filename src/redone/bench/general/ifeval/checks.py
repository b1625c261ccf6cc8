"""The 25 checks. Each takes the answer and the instruction's arguments, and says whether it was followed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from redone.bench.general.ifeval.language import detect
from redone.bench.general.ifeval.sentences import count_capital_words, count_sentences, count_words
from redone.errors import UserError

_OPENING_STOPS = frozenset(".,?!'\"")
_CONSTRAINED = ("My answer is yes.", "My answer is no.", "My answer is maybe.")


def _compare(count: int, relation: str, wanted: int) -> bool:
    if relation == "less than":
        return count < wanted
    if relation == "at least":
        return count >= wanted
    raise UserError(f'ifeval: relation {relation!r} is neither "less than" nor "at least"')


def existence(text: str, *, keywords: Sequence[str]) -> bool:
    """Every keyword occurs, whatever its case."""
    return all(re.search(_pattern(word), text, re.IGNORECASE) for word in keywords)


def frequency(text: str, *, keyword: str, frequency: int, relation: str) -> bool:
    """The keyword occurs so often."""
    return _compare(len(re.findall(_pattern(keyword), text, re.IGNORECASE)), relation, frequency)


def forbidden_words(text: str, *, forbidden_words: Sequence[str]) -> bool:
    """None of the words occurs as a word."""
    return not any(re.search(rf"\b{_pattern(word)}\b", text, re.IGNORECASE) for word in forbidden_words)


def letter_frequency(text: str, *, letter: str, let_frequency: int, let_relation: str) -> bool:
    """The character occurs so often, whatever its case.

    The public checker replaces "#" and "!" by a random letter; here they are looked for as written.
    """
    return _compare(text.lower().count(letter.strip().lower()), let_relation, let_frequency)


def response_language(text: str, *, language: str) -> bool:
    """The answer is in that language; where no language can be told, it counts as followed."""
    return detect(text) in {language, None}


def number_sentences(text: str, *, num_sentences: int, relation: str) -> bool:
    """The answer has so many sentences."""
    return _compare(count_sentences(text), relation, num_sentences)


def number_words(text: str, *, num_words: int, relation: str) -> bool:
    """The answer has so many words."""
    return _compare(count_words(text), relation, num_words)


def number_paragraphs(text: str, *, num_paragraphs: int) -> bool:
    """Exactly so many paragraphs, with *** between; an empty one may stand only at either end."""
    parts = re.split(r"\s?\*\*\*\s?", text)
    inner = parts[1:-1]
    if len(parts) > 1 and not all(part.strip() for part in inner):
        return False
    return sum(bool(part.strip()) for part in parts) == num_paragraphs


def nth_paragraph_first_word(text: str, *, first_word: str, num_paragraphs: int, nth_paragraph: int) -> bool:
    """So many paragraphs, with empty lines between, of which the n-th begins with the word."""
    parts = text.split("\n\n")
    count = sum(bool(part.strip()) for part in parts)
    if nth_paragraph > count or not parts[nth_paragraph - 1].strip():
        return False
    word = parts[nth_paragraph - 1].split()[0].lstrip("'").lstrip('"')
    stop = next((at for at, sign in enumerate(word) if sign in _OPENING_STOPS), len(word))
    return count == num_paragraphs and word[:stop].lower() == first_word.lower()


def number_placeholders(text: str, *, num_placeholders: int) -> bool:
    """At least so many [placeholders]."""
    # From the last bracket that opens: a line of nothing but these would be read again from each.
    return len(re.findall(r"\[[^\[\]\n]*\]", text)) >= num_placeholders


def postscript(text: str, *, postscript_marker: str) -> bool:
    """A postscript begins with the marker, with or without spaces between its letters."""
    patterns = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}
    marker = patterns.get(postscript_marker, _pattern(postscript_marker.lower()))
    return re.search(marker, text.lower()) is not None


def number_bullet_lists(text: str, *, num_bullets: int) -> bool:
    """Exactly so many bullet points, with * or -."""
    starred = re.findall(r"^[^\S\n]*\*[^\*].*$", text, re.MULTILINE)
    dashed = re.findall(r"^[^\S\n]*-.*$", text, re.MULTILINE)
    return len(starred) + len(dashed) == num_bullets


def constrained_response(text: str) -> bool:
    """One of the three permitted answers stands in it."""
    return any(answer in text.strip() for answer in _CONSTRAINED)


def number_highlighted_sections(text: str, *, num_highlights: int) -> bool:
    """At least so many *highlighted* parts; what is between double stars counts once more."""
    single = [part for part in re.findall(r"\*[^\n\*]*\*", text) if part.strip("*").strip()]
    double = re.findall(r"\*\*[^\n\*]*\*\*", text)
    kept = [part for part in double if part.removeprefix("**").removesuffix("**").strip()]
    return len(single) + len(kept) >= num_highlights


def multiple_sections(text: str, *, section_spliter: str, num_sections: int) -> bool:
    """At least so many sections, each opened by the word and a number."""
    parts = re.split(rf"\s?{_pattern(section_spliter.strip())}\s?\d+\s?", text)
    return len(parts) - 1 >= num_sections


def json_format(text: str) -> bool:
    """The whole answer is JSON, in a code fence or not."""
    bare = text.strip()
    for opening in ("```json", "```Json", "```JSON", "```"):
        bare = bare.removeprefix(opening)
    try:
        json.loads(bare.removesuffix("```").strip())
    except (ValueError, RecursionError):
        return False
    return True


def title(text: str) -> bool:
    """A <<title>> with text in it."""
    return any(found.lstrip("<").rstrip(">").strip() for found in re.findall(r"<<[^\n]+>>", text))


def two_responses(text: str) -> bool:
    """Exactly two different answers, with six stars between."""
    parts = text.split("******")
    if not all(part.strip() for part in parts[1:-1]):
        return False
    kept = [part.strip() for part in parts if part.strip()]
    return len(kept) == 2 and kept[0] != kept[1]


def repeat_prompt(text: str, *, prompt_to_repeat: str) -> bool:
    """The answer begins with the request, word for word."""
    return text.strip().lower().startswith(prompt_to_repeat.strip().lower())


def end_checker(text: str, *, end_phrase: str) -> bool:
    """The answer ends with the phrase."""
    return text.strip().strip('"').lower().endswith(end_phrase.strip().lower())


def capital_word_frequency(text: str, *, capital_frequency: int, capital_relation: str) -> bool:
    """So many words are in capital letters."""
    return _compare(count_capital_words(text), capital_relation, capital_frequency)


def english_capital(text: str) -> bool:
    """English, in capital letters only."""
    return text.isupper() and detect(text) in {"en", None}


def english_lowercase(text: str) -> bool:
    """English, in small letters only."""
    return text.islower() and detect(text) in {"en", None}


def no_comma(text: str) -> bool:
    """There is no comma."""
    return "," not in text


def quotation(text: str) -> bool:
    """The whole answer is in double quotation marks."""
    bare = text.strip()
    return len(bare) > 1 and bare[0] == bare[-1] == '"'


def _pattern(word: str) -> str:
    # Public keywords are used as patterns; every one of them is plain text, so nothing changes.
    return re.escape(word)


CHECKS: dict[str, Callable[..., bool]] = {
    "keywords:existence": existence,
    "keywords:frequency": frequency,
    "keywords:forbidden_words": forbidden_words,
    "keywords:letter_frequency": letter_frequency,
    "language:response_language": response_language,
    "length_constraints:number_sentences": number_sentences,
    "length_constraints:number_paragraphs": number_paragraphs,
    "length_constraints:number_words": number_words,
    "length_constraints:nth_paragraph_first_word": nth_paragraph_first_word,
    "detectable_content:number_placeholders": number_placeholders,
    "detectable_content:postscript": postscript,
    "detectable_format:number_bullet_lists": number_bullet_lists,
    "detectable_format:constrained_response": constrained_response,
    "detectable_format:number_highlighted_sections": number_highlighted_sections,
    "detectable_format:multiple_sections": multiple_sections,
    "detectable_format:json_format": json_format,
    "detectable_format:title": title,
    "combination:two_responses": two_responses,
    "combination:repeat_prompt": repeat_prompt,
    "startend:end_checker": end_checker,
    "startend:quotation": quotation,
    "change_case:capital_word_frequency": capital_word_frequency,
    "change_case:english_capital": english_capital,
    "change_case:english_lowercase": english_lowercase,
    "punctuation:no_comma": no_comma,
}


def followed(kind: str, arguments: dict[str, Any], text: str) -> bool:
    """Whether an answer follows an instruction; an empty one follows none.

    Raises:
        UserError: the kind is unknown, or its arguments are not its own.

    """
    if kind not in CHECKS:
        raise UserError(f"ifeval: instruction {kind!r} is unknown (known: {', '.join(sorted(CHECKS))})")
    given = {name: value for name, value in arguments.items() if value is not None}
    try:
        return bool(text.strip()) and CHECKS[kind](text, **given)
    except TypeError as error:
        raise UserError(f"ifeval: instruction {kind!r} with arguments {given!r:.80}: {error}") from error
