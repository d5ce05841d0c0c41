"""What people ask assistants, written for this test. Words were chosen before it, one threshold with it."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = {
    "en": """How do I reset my password?
        Can you summarise this article in three bullet points?
        Write a short poem about autumn in the mountains.
        My parcel still hasn't arrived, what should I do?
        Translate the following paragraph, keeping its tone.
        What's the difference between a list and a tuple?
        I'd like to cancel my subscription from next month.
        Explain photosynthesis to a ten-year-old.
        Which of these two contracts is better for us?
        The invoice shows a wrong address; please correct it.
        Suggest five names for a small bakery.
        Is it safe to take both medicines together?""",
    "de": """Wie setze ich mein Passwort zurück?
        Kannst du diesen Artikel in drei Stichpunkten zusammenfassen?
        Schreibe ein kurzes Gedicht über den Herbst in den Bergen.
        Mein Paket ist immer noch nicht da, was soll ich tun?
        Übersetze den folgenden Absatz und behalte den Ton bei.
        Was ist der Unterschied zwischen einer Liste und einem Tupel?
        Ich möchte mein Abo ab nächstem Monat kündigen.
        Erkläre einem Zehnjährigen die Photosynthese.
        Welcher dieser beiden Verträge ist für uns besser?
        Auf der Rechnung steht eine falsche Adresse, bitte korrigieren.
        Schlage fünf Namen für eine kleine Bäckerei vor.
        Darf man beide Medikamente zusammen einnehmen?""",
    "fr": """Comment réinitialiser mon mot de passe ?
        Peux-tu résumer cet article en trois points ?
        Écris un court poème sur l'automne à la montagne.
        Mon colis n'est toujours pas arrivé, que dois-je faire ?
        Traduis le paragraphe suivant en gardant le ton.
        Quelle est la différence entre une liste et un tuple ?
        Je voudrais résilier mon abonnement dès le mois prochain.
        Explique la photosynthèse à un enfant de dix ans.
        Lequel de ces deux contrats est le meilleur pour nous ?
        La facture indique une mauvaise adresse, merci de corriger.
        Propose cinq noms pour une petite boulangerie.
        Peut-on prendre ces deux médicaments ensemble ?""",
    "es": """¿Cómo restablezco mi contraseña?
        ¿Puedes resumir este artículo en tres puntos?
        Escribe un poema corto sobre el otoño en la montaña.
        Mi paquete todavía no ha llegado, ¿qué debo hacer?
        Traduce el siguiente párrafo manteniendo el tono.
        ¿Cuál es la diferencia entre una lista y una tupla?
        Quisiera cancelar mi suscripción a partir del próximo mes.
        Explica la fotosíntesis a un niño de diez años.
        ¿Cuál de estos dos contratos es mejor para nosotros?
        La factura muestra una dirección equivocada, corríjanla por favor.
        Propón cinco nombres para una panadería pequeña.
        ¿Se pueden tomar los dos medicamentos juntos?""",
    "it": """Come posso reimpostare la mia password?
        Puoi riassumere questo articolo in tre punti?
        Scrivi una breve poesia sull'autunno in montagna.
        Il mio pacco non è ancora arrivato, cosa devo fare?
        Traduci il seguente paragrafo mantenendo il tono.
        Qual è la differenza tra una lista e una tupla?
        Vorrei disdire il mio abbonamento dal mese prossimo.
        Spiega la fotosintesi a un bambino di dieci anni.
        Quale di questi due contratti è migliore per noi?
        La fattura riporta un indirizzo sbagliato, correggetela per favore.
        Proponi cinque nomi per un piccolo panificio.
        Si possono prendere i due farmaci insieme?""",
    "pt": """Como faço para redefinir a minha senha?
        Você pode resumir este artigo em três tópicos?
        Escreva um poema curto sobre o outono na serra.
        A minha encomenda ainda não chegou, o que devo fazer?
        Traduza o parágrafo seguinte mantendo o tom.
        Qual é a diferença entre uma lista e uma tupla?
        Gostaria de cancelar a minha assinatura a partir do próximo mês.
        Explique a fotossíntese a uma criança de dez anos.
        Qual destes dois contratos é melhor para nós?
        A fatura tem um endereço errado, por favor corrijam.
        Sugira cinco nomes para uma padaria pequena.
        Posso tomar os dois medicamentos juntos?""",
    "nl": """Hoe stel ik mijn wachtwoord opnieuw in?
        Kun je dit artikel in drie punten samenvatten?
        Schrijf een kort gedicht over de herfst in de bergen.
        Mijn pakket is nog steeds niet aangekomen, wat moet ik doen?
        Vertaal de volgende alinea en behoud de toon.
        Wat is het verschil tussen een lijst en een tupel?
        Ik wil mijn abonnement vanaf volgende maand opzeggen.
        Leg fotosynthese uit aan een kind van tien.
        Welk van deze twee contracten is beter voor ons?
        Op de factuur staat een verkeerd adres, graag aanpassen.
        Bedenk vijf namen voor een kleine bakkerij.
        Mag je beide medicijnen tegelijk innemen?""",
    "sv": """Hur återställer jag mitt lösenord?
        Kan du sammanfatta den här artikeln i tre punkter?
        Skriv en kort dikt om hösten i fjällen.
        Mitt paket har fortfarande inte kommit, vad ska jag göra?
        Översätt följande stycke och behåll tonen.
        Vad är skillnaden mellan en lista och en tupel?
        Jag vill säga upp min prenumeration från nästa månad.
        Förklara fotosyntesen för ett tioårigt barn.
        Vilket av de här två avtalen är bättre för oss?
        Fakturan har fel adress, var snäll och rätta den.
        Föreslå fem namn på ett litet bageri.
        Kan man ta båda medicinerna samtidigt?""",
    "da": """Hvordan nulstiller jeg min adgangskode?
        Kan du sammenfatte denne artikel i tre punkter?
        Skriv et kort digt om efteråret i bjergene.
        Min pakke er stadig ikke kommet, hvad skal jeg gøre?
        Oversæt det følgende afsnit og behold tonen.
        Hvad er forskellen på en liste og en tupel?
        Jeg vil gerne opsige mit abonnement fra næste måned.
        Forklar fotosyntese for et barn på ti år.
        Hvilken af de to kontrakter er bedst for os?
        Fakturaen har en forkert adresse, ret den venligst.
        Foreslå fem navne til et lille bageri.
        Må man tage begge slags medicin på samme tid?""",
    "no": """Hvordan tilbakestiller jeg passordet mitt?
        Kan du oppsummere denne artikkelen i tre punkter?
        Skriv et kort dikt om høsten i fjellet.
        Pakken min har fortsatt ikke kommet, hva skal jeg gjøre?
        Oversett det følgende avsnittet og behold tonen.
        Hva er forskjellen på en liste og en tuppel?
        Jeg vil gjerne si opp abonnementet mitt fra neste måned.
        Forklar fotosyntesen for et barn på ti år.
        Hvilken av disse to kontraktene er best for oss?
        Fakturaen har feil adresse, vennligst rett den.
        Foreslå fem navn på et lite bakeri.
        Kan man ta begge medisinene samtidig?""",
    "fi": """Miten vaihdan salasanani uudelleen?
        Voitko tiivistää tämän artikkelin kolmeen kohtaan?
        Kirjoita lyhyt runo syksystä tunturissa.
        Pakettini ei ole vieläkään saapunut, mitä minun pitäisi tehdä?
        Käännä seuraava kappale ja säilytä sen sävy.
        Mitä eroa on listalla ja monikolla?
        Haluan perua tilaukseni ensi kuusta alkaen.
        Selitä fotosynteesi kymmenvuotiaalle lapselle.
        Kumpi näistä kahdesta sopimuksesta on meille parempi?
        Laskussa on väärä osoite, korjatkaa se kiitos.
        Ehdota viittä nimeä pienelle leipomolle.
        Voiko molempia lääkkeitä ottaa yhtä aikaa?""",
    "pl": """Jak mogę zresetować swoje hasło?
        Czy możesz streścić ten artykuł w trzech punktach?
        Napisz krótki wiersz o jesieni w górach.
        Moja paczka nadal nie dotarła, co mam zrobić?
        Przetłumacz poniższy akapit, zachowując jego ton.
        Jaka jest różnica między listą a krotką?
        Chciałbym zrezygnować z abonamentu od przyszłego miesiąca.
        Wyjaśnij fotosyntezę dziesięcioletniemu dziecku.
        Która z tych dwóch umów jest dla nas lepsza?
        Na fakturze jest zły adres, proszę go poprawić.
        Zaproponuj pięć nazw dla małej piekarni.
        Czy można brać oba leki jednocześnie?""",
    "cs": """Jak si mohu obnovit heslo?
        Můžeš shrnout tento článek do tří bodů?
        Napiš krátkou báseň o podzimu v horách.
        Můj balík stále nedorazil, co mám dělat?
        Přelož následující odstavec a zachovej jeho tón.
        Jaký je rozdíl mezi seznamem a n-ticí?
        Chtěl bych od příštího měsíce zrušit předplatné.
        Vysvětli fotosyntézu desetiletému dítěti.
        Která z těchto dvou smluv je pro nás lepší?
        Na faktuře je špatná adresa, prosím o opravu.
        Navrhni pět názvů pro malou pekárnu.
        Mohou se oba léky užívat současně?""",
    "ro": """Cum îmi resetez parola contului?
        Poți rezuma acest articol în trei puncte?
        Scrie o poezie scurtă despre toamna la munte.
        Coletul meu încă nu a ajuns, ce trebuie să fac?
        Tradu paragraful următor păstrând tonul.
        Care este diferența dintre o listă și un tuplu?
        Aș vrea să îmi anulez abonamentul de luna viitoare.
        Explică fotosinteza unui copil de zece ani.
        Care dintre aceste două contracte este mai bun pentru noi?
        Factura are o adresă greșită, vă rog să o corectați.
        Propune cinci nume pentru o brutărie mică.
        Se pot lua ambele medicamente împreună?""",
    "hu": """Hogyan tudom visszaállítani a jelszavamat?
        Össze tudod foglalni ezt a cikket három pontban?
        Írj egy rövid verset az őszről a hegyekben.
        A csomagom még mindig nem érkezett meg, mit tegyek?
        Fordítsd le a következő bekezdést, és tartsd meg a hangnemet.
        Mi a különbség egy lista és egy tuple között?
        Szeretném lemondani az előfizetésemet jövő hónaptól.
        Magyarázd el a fotoszintézist egy tízéves gyereknek.
        A két szerződés közül melyik jobb nekünk?
        A számlán rossz cím szerepel, kérem javítsák ki.
        Javasolj öt nevet egy kis pékségnek.
        Be lehet venni a két gyógyszert egyszerre?""",
    "tr": """Şifremi nasıl sıfırlayabilirim?
        Bu makaleyi üç maddede özetleyebilir misin?
        Dağlarda sonbahar hakkında kısa bir şiir yaz.
        Paketim hâlâ gelmedi, ne yapmam gerekiyor?
        Aşağıdaki paragrafı üslubunu koruyarak çevir.
        Liste ile demet arasındaki fark nedir?
        Aboneliğimi gelecek aydan itibaren iptal etmek istiyorum.
        Fotosentezi on yaşındaki bir çocuğa anlat.
        Bu iki sözleşmeden hangisi bizim için daha iyi?
        Faturada yanlış adres var, lütfen düzeltin.
        Küçük bir fırın için beş isim öner.
        İki ilaç birlikte alınabilir mi?""",
    "vi": """Làm thế nào để đặt lại mật khẩu của tôi?
        Bạn có thể tóm tắt bài viết này thành ba ý không?
        Viết một bài thơ ngắn về mùa thu trên núi.
        Gói hàng của tôi vẫn chưa đến, tôi phải làm gì?
        Hãy dịch đoạn văn sau và giữ nguyên giọng điệu.
        Danh sách và bộ khác nhau ở điểm nào?
        Tôi muốn hủy gói đăng ký từ tháng sau.
        Giải thích quang hợp cho một em bé mười tuổi.""",
    "ru": """Как мне восстановить свой пароль?
        Можешь кратко изложить эту статью в трёх пунктах?
        Напиши короткое стихотворение об осени в горах.
        Моя посылка так и не пришла, что мне делать?
        Переведи следующий абзац, сохранив его тон.
        В чём разница между списком и кортежем?
        Я хочу отменить подписку со следующего месяца.
        Объясни фотосинтез десятилетнему ребёнку.
        Какой из этих двух договоров для нас лучше?
        В счёте указан неверный адрес, исправьте, пожалуйста.
        Предложи пять названий для маленькой пекарни.
        Можно ли принимать оба лекарства вместе?""",
    "uk": """Як мені відновити свій пароль?
        Чи можеш ти стисло викласти цю статтю у трьох пунктах?
        Напиши короткий вірш про осінь у горах.
        Моя посилка досі не прийшла, що мені робити?
        Переклади наступний абзац, зберігши його тон.
        Яка різниця між списком і кортежем?
        Я хочу скасувати підписку з наступного місяця.
        Поясни фотосинтез десятирічній дитині.
        Який із цих двох договорів для нас кращий?
        У рахунку вказано хибну адресу, виправте, будь ласка.
        Запропонуй п'ять назв для маленької пекарні.
        Чи можна приймати обидва ліки разом?""",
    "bg": """Как мога да възстановя паролата си?
        Можеш ли да обобщиш тази статия в три точки?
        Напиши кратко стихотворение за есента в планината.
        Пратката ми все още не е пристигнала, какво да правя?
        Преведи следващия абзац и запази тона му.
        Каква е разликата между списък и кортеж?
        Искам да прекратя абонамента си от следващия месец.
        Обясни фотосинтезата на десетгодишно дете.
        Кой от тези два договора е по-добър за нас?
        Във фактурата има грешен адрес, моля поправете го.
        Предложи пет имена за малка пекарна.
        Може ли двете лекарства да се вземат заедно?""",
    "ar": """كيف يمكنني إعادة تعيين كلمة المرور؟
        هل يمكنك تلخيص هذا المقال في ثلاث نقاط؟
        اكتب قصيدة قصيرة عن الخريف في الجبال.
        لم تصل شحنتي حتى الآن، ماذا أفعل؟
        ما الفرق بين القائمة والصف في بايثون؟
        أريد إلغاء اشتراكي من الشهر القادم.
        اشرح عملية البناء الضوئي لطفل في العاشرة.
        أي من هذين العقدين أفضل لنا؟""",
    "fa": """چگونه می‌توانم رمز عبورم را بازیابی کنم؟
        آیا می‌توانی این مقاله را در سه نکته خلاصه کنی؟
        یک شعر کوتاه درباره پاییز در کوهستان بنویس.
        بسته من هنوز نرسیده است، چه کار باید بکنم؟
        تفاوت بین لیست و تاپل چیست؟
        می‌خواهم اشتراکم را از ماه آینده لغو کنم.
        فتوسنتز را برای یک کودک ده ساله توضیح بده.
        کدام یک از این دو قرارداد برای ما بهتر است؟""",
    "hi": """मैं अपना पासवर्ड कैसे बदल सकता हूँ?
        क्या तुम इस लेख का सार तीन बिंदुओं में दे सकते हो?
        पहाड़ों में पतझड़ पर एक छोटी कविता लिखो।
        मेरा पार्सल अभी तक नहीं आया, मुझे क्या करना चाहिए?
        सूची और टपल में क्या अंतर है?
        मैं अगले महीने से अपनी सदस्यता रद्द करना चाहता हूँ।
        दस साल के बच्चे को प्रकाश संश्लेषण समझाओ।
        इन दो अनुबंधों में से हमारे लिए कौन सा बेहतर है?""",
    "el": """Πώς μπορώ να επαναφέρω τον κωδικό μου;
        Μπορείς να συνοψίσεις αυτό το άρθρο σε τρία σημεία;
        Γράψε ένα σύντομο ποίημα για το φθινόπωρο στα βουνά.
        Το δέμα μου δεν έχει φτάσει ακόμα, τι να κάνω;""",
    "he": """איך אני יכול לאפס את הסיסמה שלי?
        האם תוכל לסכם את המאמר הזה בשלוש נקודות?
        כתוב שיר קצר על הסתיו בהרים.
        החבילה שלי עדיין לא הגיעה, מה עליי לעשות?""",
    "ja": """パスワードを再設定するにはどうすればいいですか?
        この記事を三つの要点にまとめてもらえますか?
        山の秋について短い詩を書いてください。お願いします。
        荷物がまだ届いていません。どうすればよいでしょうか。""",
    "zh": """我忘记了登录密码,请问应该怎样重新设置一个新的密码?
        请你把下面这篇文章总结成三个要点,每点不超过二十个字。
        我的包裹到现在还没有送到,请问我应该联系谁处理?
        列表和元组之间有什么区别?请举一个简单的例子说明。""",
    "ko": """비밀번호를 재설정하려면 어떻게 해야 하나요?
        이 기사를 세 가지 요점으로 요약해 줄 수 있나요?
        산속의 가을에 대한 짧은 시를 써 주세요.
        제 택배가 아직 도착하지 않았는데 어떻게 해야 하나요?""",
    "th": """ฉันจะรีเซ็ตรหัสผ่านของฉันได้อย่างไร
        ช่วยสรุปบทความนี้เป็นสามประเด็นได้ไหม
        เขียนบทกวีสั้น ๆ เกี่ยวกับฤดูใบไม้ร่วงบนภูเขา
        พัสดุของฉันยังไม่มาถึง ฉันควรทำอย่างไร""",
}

#: Of languages that are not told, and of none.
OTHERS: Final = {
    "ca": """Com puc restablir la meva contrasenya?
        Pots resumir aquest article en tres punts?
        El meu paquet encara no ha arribat, què he de fer?""",
    "sk": """Ako si môžem obnoviť svoje heslo?
        Môj balík stále nedorazil, čo mám robiť?
        Ktorá z týchto dvoch zmlúv je pre nás lepšia?""",
    "hr": """Kako mogu vratiti svoju lozinku?
        Moj paket još uvijek nije stigao, što trebam učiniti?
        Koji je od ova dva ugovora bolji za nas?""",
    "et": """Kuidas ma saan oma parooli lähtestada?
        Minu pakk ei ole ikka veel saabunud, mida ma peaksin tegema?
        Kumb neist kahest lepingust on meile parem?""",
    "af": """Hoe stel ek my wagwoord terug?
        My pakkie het nog nie aangekom nie, wat moet ek doen?
        Watter een van hierdie twee kontrakte is vir ons beter?""",
    "id": """Bagaimana cara mengatur ulang kata sandi saya?
        Paket saya belum sampai, apa yang harus saya lakukan?
        Mana dari dua kontrak ini yang lebih baik untuk kami?""",
    "ur": """میں اپنا پاس ورڈ کیسے تبدیل کر سکتا ہوں؟
        میرا پارسل ابھی تک نہیں آیا، مجھے کیا کرنا چاہیے؟""",
    "be": """Як мне аднавіць свой пароль?
        Мая пасылка ўсё яшчэ не прыйшла, што мне рабіць?""",
    "": """def add(a, b): return a + b
        SELECT id, name FROM users WHERE age > 30;
        0x7f3a 0x11c0 0x00ff 0xdead 0xbeef
        https://example.org/a/b/c?d=1&e=2
        AAAAAAAAAAAAAAAAAAAAAAAAAAAA
        {"k": [1, 2, 3], "v": {"x": null}}
        🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂
        ................................""",
}
