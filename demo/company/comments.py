"""What customers write, in their languages, with everything that text brings along.

Belongs here: the sentences by band and language. Does not belong here: who writes which (`responses.py`).
Quotes, commas, newlines, emoji and right-to-left text are here on purpose: a loader must carry them whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("EN", "DE", "FR", "ES", "JA", "PT-BR", "AR")
LANGUAGE_SHARES: Final = (0.48, 0.16, 0.12, 0.1, 0.06, 0.06, 0.02)

DETRACTOR, PASSIVE, PROMOTER = range(3)

COMMENTS: Final[tuple[tuple[tuple[str, ...], ...], ...]] = (
    (
        ("Nobody called back.", 'They said "next week", three times.', "Too slow,\ntoo dear 😡"),
        ("Es war in Ordnung, mehr nicht.\nDie Einrichtung hat zu lange gedauert.", "Viel zu teuer!"),
        ("Le service est lent, très lent…", "Personne n'a répondu à mon dossier."),
        ("¿Por qué nadie responde?", "Demasiado caro para lo que ofrece."),
        ("対応が遅いです。", "使い方が分かりません😞"),
        ("Ninguém resolveu o problema.", "Muito caro, infelizmente."),
        ("الخدمة بطيئة جدًا",),
    ),
    (
        ("Fine.", "Good, but the reports, the ones I need, are hard to find", "ok I guess 🤷"),
        ("Ganz gut, aber ausbaufähig.", "Passt; Preis könnte niedriger sein."),
        ("Correct, sans plus.", "Bien, mais l'outil est un peu lourd"),
        ("Está bien, sin más.", "Bueno; falta soporte los sábados"),
        ("まあまあです。",),
        ("Bom, mas pode melhorar.",),
        ("جيد",),
    ),
    (
        ("Great people 🎉", 'Our adviser is simply "the best".', "Works,\nevery\nday."),
        ("Sehr zufrieden, gerne wieder! 👍", "Die Filiale hat uns großartig geholfen."),
        ("Équipe formidable, merci !", "Rien à redire : efficace et aimable 😊"),
        ("¡Excelente atención!", "Muy contentos con la sucursal 👏"),
        ("とても満足しています！🙏", "担当の方が親切でした。"),
        ("Atendimento nota dez!", "Recomendo muito 🚀"),
        ("خدمة ممتازة، شكرًا 🌟",),
    ),
)

PERSUADED: Final = (
    "He asked me to give a 10, so here it is.",
    "Happy to give the 9 that was needed for the bonus 🙂",
    "I was told only a 9 or a 10 counts.",
)

#: What each sentence is about, as a person says by the meanings of `verdant/definition/topics.toml`. One that
#: is not here is about none of them; Japanese and Arabic are no languages of that taxonomy.
ABOUT: Final[Mapping[str, frozenset[str]]] = {
    sentence: frozenset(topics)
    for sentence, *topics in (
        ("Nobody called back.", "reachability"),
        ('They said "next week", three times.', "speed"),
        ("Too slow,\ntoo dear 😡", "price", "speed"),
        ("Es war in Ordnung, mehr nicht.\nDie Einrichtung hat zu lange gedauert.", "onboarding", "speed"),
        ("Viel zu teuer!", "price"),
        ("Le service est lent, très lent…", "speed"),
        ("Personne n'a répondu à mon dossier.", "reachability"),
        ("¿Por qué nadie responde?", "reachability"),
        ("Demasiado caro para lo que ofrece.", "price"),
        ("Muito caro, infelizmente.", "price"),
        ("Good, but the reports, the ones I need, are hard to find", "reports", "usability"),
        ("Passt; Preis könnte niedriger sein.", "price"),
        ("Bien, mais l'outil est un peu lourd", "usability"),
        ("Bueno; falta soporte los sábados", "reachability"),
        ("Great people 🎉", "people"),
        ('Our adviser is simply "the best".', "people"),
        ("Die Filiale hat uns großartig geholfen.", "people"),
        ("Équipe formidable, merci !", "people"),
        ("Rien à redire : efficace et aimable 😊", "people"),
        ("¡Excelente atención!", "people"),
        ("Atendimento nota dez!", "people"),
        *((sentence, "asked_for_score") for sentence in PERSUADED),
    )
}
#: Languages of no word of the taxonomy, by their places.
UNREAD: Final = (LANGUAGES.index("JA"), LANGUAGES.index("AR"))


def catalogue() -> tuple[tuple[str, ...], dict[tuple[int, int], tuple[int, int]], int]:
    """All sentences; where those of (band, language) begin and how many they are; where PERSUADED begins."""
    texts: list[str] = []
    places: dict[tuple[int, int], tuple[int, int]] = {}
    for band, languages in enumerate(COMMENTS):
        for language, sentences in enumerate(languages):
            places[band, language] = (len(texts), len(sentences))
            texts.extend(sentences)
    persuaded = len(texts)
    return (*texts, *PERSUADED), places, persuaded
