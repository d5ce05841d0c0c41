"""The language of answers is told, with how much of them is in it; the answers were written for this test."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.observe.evaluators.language import PIECE_CHARACTERS, PIECES_MAX, Told, tell_language

#: None of these sentences was used to choose a word or a threshold.
ANSWERS: Final = {
    "en": """Your parcel left our warehouse on Monday and should reach you within three working days.
        If nobody is at home, the driver hands it to a neighbour and puts a card into your letterbox.""",
    "de": """Ihr Paket hat unser Lager am Montag verlassen und sollte innerhalb von drei Werktagen bei Ihnen sein.
        Ist niemand zu Hause, gibt der Fahrer es bei einem Nachbarn ab und wirft eine Karte ein.""",
    "fr": """Votre colis a quitté notre entrepôt lundi et devrait vous parvenir dans les trois jours ouvrables.
        Si personne n'est à la maison, le livreur le remet à un voisin et laisse un avis de passage.""",
    "es": """Su paquete salió de nuestro almacén el lunes y debería llegarle en tres días laborables.
        Si no hay nadie en casa, el repartidor se lo entrega a un vecino y deja un aviso en el buzón.""",
    "it": """Il suo pacco ha lasciato il nostro magazzino lunedì e dovrebbe arrivare entro tre giorni lavorativi.
        Se non c'è nessuno in casa, il corriere lo consegna a un vicino e lascia un avviso nella cassetta.""",
    "pt": """A sua encomenda saiu do nosso armazém na segunda-feira e deve chegar dentro de três dias úteis.
        Se não estiver ninguém em casa, o estafeta entrega-a a um vizinho e deixa um aviso na caixa do correio.""",
    "nl": """Uw pakket heeft ons magazijn maandag verlaten en zou binnen drie werkdagen bij u moeten zijn.
        Als er niemand thuis is, geeft de bezorger het af bij de buren en doet hij een kaartje in de bus.""",
    "sv": """Ditt paket lämnade vårt lager i måndags och bör vara framme inom tre arbetsdagar.
        Om ingen är hemma lämnar chauffören det hos en granne och lägger en lapp i brevlådan.""",
    "da": """Din pakke forlod vores lager i mandags og burde være hos dig inden for tre hverdage.
        Hvis ingen er hjemme, afleverer chaufføren den hos naboen og lægger et kort i postkassen.""",
    "fi": """Pakettisi lähti varastoltamme maanantaina, ja sen pitäisi olla perillä kolmen arkipäivän kuluessa.
        Jos kukaan ei ole kotona, kuljettaja jättää sen naapurille ja pudottaa kortin postilaatikkoon.""",
    "pl": """Państwa paczka opuściła nasz magazyn w poniedziałek i powinna dotrzeć w ciągu trzech dni roboczych.
        Jeśli nikogo nie będzie w domu, kurier zostawi ją u sąsiada, a w skrzynce znajdzie się karteczka.""",
    "cs": """Váš balík opustil náš sklad v pondělí a měl by dorazit do tří pracovních dnů.
        Pokud nikdo není doma, řidič ho předá sousedovi a do schránky vám vhodí lístek.""",
    "hu": """A csomagja hétfőn elhagyta a raktárunkat, és három munkanapon belül meg kell érkeznie.
        Ha senki nincs otthon, a futár egy szomszédnak adja át, és értesítőt hagy a postaládában.""",
    "ro": """Coletul dumneavoastră a plecat din depozit luni și ar trebui să ajungă în trei zile lucrătoare.
        Dacă nu este nimeni acasă, curierul îl lasă la un vecin și pune un bilet în cutia poștală.""",
    "tr": """Paketiniz pazartesi günü depomuzdan çıktı ve üç iş günü içinde size ulaşmış olması gerekiyor.
        Evde kimse yoksa kurye onu bir komşuya bırakır ve posta kutusuna bir not koyar.""",
    "ru": """Ваша посылка покинула наш склад в понедельник и должна прийти в течение трёх рабочих дней.
        Если никого не будет дома, курьер отдаст её соседям и оставит извещение в почтовом ящике.""",
    "uk": """Ваша посилка залишила наш склад у понеділок і має надійти протягом трьох робочих днів.
        Якщо нікого не буде вдома, кур'єр віддасть її сусідам і залишить повідомлення у скриньці.""",
    "el": """Το δέμα σας έφυγε από την αποθήκη μας τη Δευτέρα και θα φτάσει μέσα σε τρεις εργάσιμες ημέρες.
        Αν δεν είναι κανείς στο σπίτι, ο οδηγός το αφήνει σε έναν γείτονα.""",
    "ar": """غادر طردك مستودعنا يوم الاثنين ومن المفترض أن يصل إليك في غضون ثلاثة أيام عمل.
        إذا لم يكن أحد في المنزل فإن السائق يسلمه إلى أحد الجيران ويترك بطاقة في صندوق البريد.""",
    "hi": """आपका पार्सल सोमवार को हमारे गोदाम से निकल गया है और तीन कार्य दिवसों में आप तक पहुँच जाना चाहिए।
        अगर घर पर कोई नहीं है तो ड्राइवर उसे पड़ोसी को दे देगा।""",
    "zh": """您的包裹已于星期一离开我们的仓库，预计三个工作日内送达。
        如果家中无人，司机会将其交给邻居，并在信箱里留下通知卡。""",
    "ja": """お客様のお荷物は月曜日に倉庫を出発し、三営業日以内に届く予定です。
        ご不在の場合は、隣の方にお預けし、郵便受けにカードを入れます。""",
    "ko": """고객님의 소포는 월요일에 창고를 떠났으며 영업일 기준 사흘 안에 도착할 예정입니다.
        집에 아무도 없으면 이웃에게 맡깁니다.""",
}  # fmt: skip


@pytest.mark.parametrize("language", ANSWERS)
def test_the_language_of_an_answer_is_told(language: str) -> None:
    assert tell_language(ANSWERS[language]).language == language


def test_of_single_sentences_hardly_any_is_told_wrongly() -> None:
    """23 languages; the kernel's own set of 284 sentences is in tests/unit/kernel/language."""
    sentences = [(language, line.strip()) for language, text in ANSWERS.items() for line in text.splitlines()]
    told = [(language, tell_language(line).language) for language, line in sentences]
    assert len(told) == 46
    assert [pair for pair in told if pair[1] not in (pair[0], None)] == []
    assert sum(language == found for language, found in told) >= 44


def test_of_an_answer_in_two_languages_the_share_is_told() -> None:
    english, spanish = " ".join([ANSWERS["en"]] * 6), " ".join([ANSWERS["es"]] * 2)
    found = tell_language(english + spanish)
    assert found.language == "en"
    assert 0.5 < found.share_ratio < 1.0
    assert found.pieces == PIECES_MAX


@pytest.mark.parametrize("text", ["", "Hallo", "OK", "8 4 1 5 9 2 6 5 3 5 8 9", "\ud800" * 400, " " * 5_000])
def test_what_is_short_or_no_text_is_not_told(text: str) -> None:
    assert tell_language(text).language is None
    assert tell_language(text).share_ratio == 0.0


def test_where_two_languages_are_as_much_none_is_told() -> None:
    half = PIECE_CHARACTERS
    text = (ANSWERS["en"] * 3)[:half] + (ANSWERS["ru"] * 3)[:half]
    assert tell_language(text) == Told(None, 0.0, 2)


@settings(deadline=None)
@given(st.text(max_size=3_000))
def test_the_share_is_one_of_the_pieces(text: str) -> None:
    found = tell_language(text)
    assert 0 <= found.pieces <= PIECES_MAX
    assert 0.0 <= found.share_ratio <= 1.0
    assert (found.language is None) == (found.share_ratio == 0.0)
