"""Notice a message in another language by its script or its small words, cheaply and only when sure."""

from __future__ import annotations

import re
import unicodedata

from components.entities.text import Found, word_set

_SCRIPTS = {
    "CYRILLIC": "ru",
    "CJK": "zh",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "ARABIC": "ar",
    "HEBREW": "he",
    "GREEK": "el",
    "THAI": "th",
    "DEVANAGARI": "hi",
    "BENGALI": "bn",
    "TAMIL": "ta",
}
# Words that English lacks, or that an English message has no two of. What two languages share counts for both.
_SMALL_WORDS = {
    "es": "hola donde dónde está esta mi pedido quiero puedo como cómo que qué por favor gracias cuando cuándo tengo "
    "necesito ayuda el los las una para con no ha llegado llega dinero devolver cancelar paquete hablar persona usted "
    "buenos dias tardes español hacer puede mis del se",
    "fr": "bonjour où est ma mon commande je veux voudrais peux comment que quoi merci quand j'ai besoin aide le les "
    "des une pour avec pas n'est arrivé arrivée argent rembourser annuler colis parler vous votre s'il plaît dans "
    "salut français faire c'est et suis",
    "de": "hallo wo ist meine mein bestellung ich möchte kann wie was bitte danke wann habe brauche hilfe der das die "
    "eine einen für mit nicht ist angekommen geld zurück stornieren paket sprechen sie ihr guten tag deutsch und noch "
    "wird kommt auf zu",
    "it": "ciao dove mio ordine voglio vorrei posso come che cosa grazie quando ho bisogno aiuto il gli una per con "
    "non è arrivato soldi rimborso annullare pacco parlare prego buongiorno italiano sono della mia",
    "pt": "olá ola onde está meu minha pedido quero posso como que obrigado obrigada quando tenho preciso ajuda os uma "
    "para com não nao chegou dinheiro devolver cancelar encomenda falar você bom dia português meus do da",
    "nl": "waar is mijn bestelling ik wil kan hoe wat alsjeblieft dank bedankt wanneer heb nodig hulp het een voor met "
    "niet aangekomen geld terug annuleren pakket spreken u goedendag nederlands nog en van op",
    "pl": "cześć gdzie jest moje zamówienie chcę mogę jak co proszę dziękuję kiedy mam potrzebuję pomocy nie dla "
    "pieniądze anulować paczka się dzień dobry po polsku moja",
    "tr": "merhaba nerede siparişim istiyorum nasıl ne lütfen teşekkürler zaman var yardım için ile değil gelmedi para "
    "iade iptal kargo konuşmak bir ve bu",
}
_WORDS = {code: word_set(words) for code, words in _SMALL_WORDS.items()}
# Of these English has the same spelling; they prove nothing.
_ENGLISH = word_set(
    "a i me my the is was has have be it its no not in on to do does that this you your and or of for "
    "with at from as can what when where how why please order cancel come came die den was will so am an "
    "por per non par pas des ma mi mon sent use para con come more need want help get got u persona do he "
    "she we they hi hello"
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_ENOUGH = 2


def spoken(text: str) -> list[Found]:
    """Return the language of the whole message where it is surely not English."""
    code = _by_script(text) or _by_words(text)
    return [Found("language", 0, len(text), code)] if code else []


def _by_script(text: str) -> str | None:
    letters = [letter for letter in text if letter.isalpha()][:200]
    foreign = [name for letter in letters if not letter.isascii() and (name := _script(letter)) in _SCRIPTS]
    if len(foreign) < 2 or len(foreign) * 2 < len(letters):
        return None
    if "HIRAGANA" in foreign or "KATAKANA" in foreign:
        return "ja"
    return _SCRIPTS[max(set(foreign), key=foreign.count)]


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _by_words(text: str) -> str | None:
    words = [word.casefold() for word in _WORD.findall(text.replace("’", "'")[:400])]
    english = sum(word in _ENGLISH for word in words)
    counts = {code: sum(word in small and word not in _ENGLISH for word in words) for code, small in _WORDS.items()}
    best = max(counts, key=lambda code: counts[code])
    sure = counts[best] >= _ENOUGH and counts[best] > english and counts[best] * 4 >= len(words)
    return best if sure else None
