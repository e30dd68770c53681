"""What comments mention, matched a second time by plain regular expressions over the company's own words.

A sentence becomes a text of words, each with its forms in braces; a phrase becomes one expression over it.
The dictionaries of lemmas (simplemma) and the language that was told are the same as in the room `topics`;
no code is. Comments with markup are not matched again, and of many comments those of the lowest hashes are.
Their texts are in the vault: without its key none is matched again, and the guard says so.

Belongs here: comments, words, phrases, and where both hands differ. Does not belong here: denial (`denials`),
figures of topics (`topics`).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import duckdb
from simplemma import lemmatize

from expectations.governed_tables import tables
from expectations.recount.comparison import Difference
from expectations.recount.denials import FARTHEST, SIGNALS, denied
from vault import reading

#: Different comments that are matched again; more only cost time.
MOST_COMMENTS = 5_000
_LONGEST = 20_000
_UNREAD = frozenset({"EMPTY", "NO_WORD", "UNKNOWN_LANGUAGE", "NO_WORDS_IN_LANGUAGE"})
_LEFT_OUT = "MARKUP"
_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S{1,2000}|[-+.\w]{1,64}@[-\w]{1,63}\.[-.\w]{1,190}",
)
_NOT = re.compile("n['’]t\\b", re.IGNORECASE)
_SENTENCE, _CLAUSE = re.compile(r"[.!?;…\n]+"), re.compile(r"[,:()–—]")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_ANY = r"\{[^}]*\}"
_GERMAN = {ord(umlaut): plain for umlaut, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"))}


def _plain(text: str, language: str) -> str:
    """Without case and accents; German keeps its umlauts apart."""
    text = text.casefold()
    if language == "de":
        text = unicodedata.normalize("NFC", text).translate(_GERMAN)
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


@lru_cache(maxsize=100_000)
def _forms(word: str, language: str) -> tuple[str, ...]:
    """A word and its lemma, also of the word in small letters, in German of the word as a noun."""
    asked = [word.lower(), word, *([word.capitalize()] if language == "de" else [])]
    return tuple(
        sorted({_plain(each, language) for each in (word, *(lemmatize(a, language) for a in asked))})
    )


@dataclass(frozen=True)
class Phrase:
    """A phrase of a topic in a language; `mentions`, or it is among what does not (`unless`)."""

    topic: str
    said: str
    language: str
    mentions: bool

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """A group for each of its words; between two around `..` there may be up to four others."""
        parts: list[str] = []
        for part in self.said.split():
            parts.append(f"(?:{_ANY}){{0,4}}?" if part == ".." else self._word(part))
        return re.compile("".join(parts))

    def _word(self, part: str) -> str:
        """A word whose folded self (`=`, or of two letters at most) or one of whose forms fits."""
        exact, within = [], []
        for word in part.split("|"):
            text = re.escape(_plain(word.strip("=*"), self.language))
            if word[0] == "=" or len(word) < 3:
                exact.append(text)
            elif "*" in word:
                within.append(("" if word[0] == "*" else ";") + text + ("" if word[-1] == "*" else ";"))
            else:
                within += [f";{re.escape(form)};" for form in _forms(word, self.language)]
        choices = [f"(?==(?:{'|'.join(exact)});)"] if exact else []
        choices += [f"(?=[^}}]*(?:{'|'.join(within)}))"] if within else []
        return rf"(\{{(?:{'|'.join(choices)})[^}}]*\}})"

    @cached_property
    def begins(self) -> frozenset[str] | None:
        """Forms of which its first word has one; None where a star leaves it open."""
        words = self.said.split()[0].split("|")
        if any("*" in word for word in words):
            return None
        plain = {_plain(word.strip("="), self.language) for word in words}
        return frozenset(plain.union(*(_forms(word, self.language) for word in words if word[0] != "=")))


@dataclass(frozen=True)
class Taxonomy:
    """Phrases by language, and topics that a denied word mentions too. A language costs its dictionary with
    its first comment."""

    phrases: Mapping[str, Sequence[Phrase]]
    counts_when_denied: frozenset[str]
    _by_form: dict[str, Mapping[str | None, list[Phrase]]] = field(default_factory=dict)

    @classmethod
    def sealed(cls) -> Taxonomy:
        """The company's own; without phrases where it declares no topics."""
        said = {row["key"]: json.loads(row["value"]) for row in tables()["topics"].rows}
        return cls.of(said)

    @classmethod
    def of(cls, said: Mapping[str, object]) -> Taxonomy:
        """From the keys of the page, such as `price.words.en`."""
        found: dict[str, list[Phrase]] = defaultdict(list)
        for key, texts in said.items():
            topic, _, rest = key.partition(".")
            kind, _, language = rest.partition(".")
            if kind in ("words", "unless") and isinstance(texts, list):
                found[language] += [Phrase(topic, text, language, kind == "words") for text in texts]
        counting = {key.partition(".")[0] for key, text in said.items() if text == "counts"}
        return cls(found, frozenset(counting))

    def mentioned(self, comment: str, language: str) -> dict[str, bool]:
        """Topic → whether every word that mentions it is denied."""
        found: dict[str, bool] = {}
        for sentence in _sentences(comment, language):
            for topic, is_denied in self._in(sentence, language):
                found[topic] = found.get(topic, True) and is_denied
        return found

    def _of(self, language: str) -> Mapping[str | None, list[Phrase]]:
        """The phrases of a language by a form that they begin with; None: any."""
        if language not in self._by_form:
            found: dict[str | None, list[Phrase]] = defaultdict(list)
            for phrase in self.phrases.get(language, ()):
                for form in phrase.begins or (None,):
                    found[form].append(phrase)
            self._by_form[language] = found
        return self._by_form[language]

    def _in(self, sentence: _Sentence, language: str) -> Iterator[tuple[str, bool]]:
        of_language = self._of(language)
        maybe = [*of_language.get(None, ()), *(p for f in sentence.forms for p in of_language.get(f, ()))]
        claimed: list[tuple[str, frozenset[int]]] = []
        excepted: dict[str, set[int]] = defaultdict(set)
        for phrase in dict.fromkeys(maybe):
            for words in sentence.where(phrase.expression):
                if phrase.mentions:
                    claimed.append((phrase.topic, words))
                else:
                    excepted[phrase.topic] |= words
        for topic, words in claimed:
            first = min(words)
            is_denied = denied(sentence.before(first), sentence.plain[first], language)
            if not words <= excepted[topic] and (topic in self.counts_when_denied or not is_denied):
                yield topic, is_denied


@dataclass
class _Sentence:
    """Words with their forms as one text, where each begins, each folded, and the clause of each."""

    text: str = ""
    begins: dict[int, int] = field(default_factory=dict)
    plain: list[str] = field(default_factory=list)
    clauses: list[int] = field(default_factory=list)
    forms: dict[str, None] = field(default_factory=dict)

    def add(self, word: str, clause: int, language: str) -> None:
        """One word more."""
        plain, forms = _plain(word, language), _forms(word, language)
        self.begins[len(self.text)] = len(self.plain)
        self.plain.append(plain)
        self.clauses.append(clause)
        self.forms |= dict.fromkeys((plain, *forms))
        self.text += f"{{={plain};{';'.join(forms)};}}"

    def where(self, expression: re.Pattern[str]) -> Iterator[frozenset[int]]:
        """The words of each place where an expression is found, from every word on."""
        at = 0
        while found := expression.search(self.text, at):
            groups = range(1, expression.groups + 1)
            yield frozenset(self.begins[found.start(group)] for group in groups)
            at = found.start() + 1

    def before(self, word: int) -> list[str]:
        """The folded words of the same clause before one, as many as a denial may reach across."""
        near = range(max(0, word - FARTHEST), word)
        return [self.plain[at] for at in near if self.clauses[at] == self.clauses[word]]


def _sentences(comment: str, language: str) -> Iterator[_Sentence]:
    text = _NOT.sub(" not", _ADDRESS.sub(" ", comment[:_LONGEST]))
    for part in _SENTENCE.split(text):
        sentence = _Sentence()
        for clause, words in enumerate(_CLAUSE.split(part)):
            for word in _WORD.findall(words):
                sentence.add(word, clause, language)
        if sentence.plain:
            yield sentence


def differences(connection: duckdb.DuckDBPyConnection, home: Path) -> list[Difference]:
    """Comments in which the two hands find other topics, by the first answer with the comment and the topic.

    None where no comment has been read, or may be read here. A word that is denied in one hand only is a
    difference too.
    """
    there = connection.execute(
        "select 1 from duckdb_tables() where schema_name = 'topics' and table_name = 'mentions'"
    ).fetchone()
    if not there:
        return []
    comments = connection.execute(
        "select comment_hash, min(answer_key), min(comment), any_value(readings.language),"
        " any_value(readings.notes)"
        " from marts.fct_survey_responses as answers inner join topics.readings as readings"
        " on sha256(answers.comment) = readings.comment_hash"
        " where not list_contains(readings.notes, ?) group by comment_hash order by comment_hash limit ?",
        [_LEFT_OUT, MOST_COMMENTS],
    ).fetchall()
    built: dict[str, dict[str, bool]] = defaultdict(dict)
    for name, topic, is_denied in connection.execute(
        "select comment_hash, topic, is_denied from topics.mentions"
    ).fetchall():
        built[name][topic] = is_denied
    taxonomy, texts = Taxonomy.sealed(), reading.texts(home, (token for _, _, token, _, _ in comments))
    return [
        Difference((answer, topic), "mention", again.get(topic), built[name].get(topic))
        for name, answer, token, language, notes in comments
        if token in texts
        for again in (taxonomy.mentioned(texts[token], language) if _is_read(language, notes) else {},)
        for topic in sorted({*again, *built[name]})
        if again.get(topic) != built[name].get(topic)
    ]


def _is_read(language: str | None, notes: Iterable[str]) -> bool:
    return language in SIGNALS and not _UNREAD & {*notes}
