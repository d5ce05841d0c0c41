"""Words, endings and letters that tell languages apart which share a script. Written by hand: what is most frequent.

A word may stand in several languages: it then tells less of each. Languages of `NEIGHBOURS` are known only so that
they are not taken for another; nobody is told them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: ISO 639-1 -> its most frequent words, and those of questions and requests.
WORDS: Final[Mapping[str, str]] = {
    "en": """the of and to in is that it for was on with as are be this have from or by not but what all were when we
        there can an your which their said if do will each about how up out them then she many some so these would
        other into has more her two like him see time could no make than been its who now my over did down only way
        find use may long after words called just most know you he they his had at i me our us please does why where
        should don t s m re ve ll doesn didn isn any because need want help write give explain tell show between very
        also here too much those being while without through before again best work am must""",
    "de": """der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er
        hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur
        bis mehr durch man sein wurde sei kann gegen vom können schon wenn habe seine mark ihre dann unter wir soll ich
        du mir mich dir dich uns euch ihr ihn was wer wo warum wieso welche welcher welches bitte kein keine keinen
        meine mein meinen meiner dein deine diese dieser dieses diesen gibt muss möchte will würde wäre hätte sehr
        hier jetzt doch ja nein mal etwas alles nichts immer wieder ohne zwischen während weil ob damit heute morgen
        gut machen geht beim ins seit""",
    "fr": """de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont ou avec son
        aux d cette ces ont sa mais comme nous vous je tu elle ils elles on leur leurs si fait être avoir tout tous
        toute même y dont où mon ma mes ton ta tes notre nos votre vos c j l n s qu m t quel quelle quels quelles
        comment pourquoi quand combien peut peux pouvez puis faut veux voudrais suis es êtes sommes était très bien
        aussi sans entre après avant depuis chez moi toi lui eux rien jamais toujours encore alors donc parce merci
        bonjour faire dire écrire cela ça ici deux été peu beaucoup""",
    "es": """de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin
        sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde está mi porque qué
        sólo han yo hay vez puede todos así nos ni parte tiene él uno donde bien tiempo mismo ese ahora cada e vida
        otro después te otros aunque esa eso hace otra gobierno tan durante siempre día tanto ella tres sí dijo sido
        gran cómo cuál cuáles cuándo dónde quién quiero quisiera necesito puedes puedo tengo tienes estoy estás están
        soy eres somos gracias hola nada algo alguien mis tu tus usted ustedes nosotros hacer decir ver dar favor
        mañana hoy muchas mucho les""",
    "it": """di e il la che in a per un è del non una i le con si da al della dei sono come più lo alla nel gli ma o
        ha anche delle dal se alle nella su ho ed mi ci ti dell all l d c nell sull dall cui questo questa questi
        queste quello quella essere stato stata era erano hanno perché chi cosa dove quando quanto quale quali come
        così solo tutto tutti tutte molto poi sua suo loro suoi mio mia tuo tua noi voi lui lei io tu me te qui già
        ancora dopo prima senza tra fra sempre mai niente nulla ogni fare fatto posso puoi può possiamo vorrei devo
        deve sto sta stai siamo sei grazie ciao buongiorno bene ai nei sul sulla dalla quindi oppure oggi domani
        anno anni due puo vi""",
    "pt": """de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele das à seu sua ou
        quando muito nos já eu também só pelo pela até isso ela entre depois sem mesmo aos seus quem nas me esse eles
        você tinha foram essa num nem suas meu às minha numa pelos elas qual nós lhe deles essas esses pelas este dele
        tu te vocês vos lhes meus minhas teu tua são está estão estou ser tem têm tenho foi era há é pode posso podem
        quero preciso gostaria onde porque porquê quais quanto obrigado olá bem aqui agora ainda sempre nunca nada
        algo tudo todos todas cada outro outra fazer dizer ver dar ter hoje amanhã dois muitos então assim sobre""",
    "nl": """de en van ik te dat die in een hij het niet zijn is was op aan met als voor had er maar om hem dan zou of
        wat mijn men dit zo door over ze zich bij ook tot je mij uit der daar haar naar heb hoe heeft hebben deze u
        want nog zal me zij nu ge geen omdat iets worden toch al waren veel meer doen toen moet ben zonder kan hun
        dus alles onder ja eens hier wie werd altijd doch wordt wezen kunnen ons zelf tegen na reeds wil kon niets
        uw iemand geweest andere wij we jij jullie waarom waar wanneer welke hoeveel graag wilt kunt moeten moest
        goed tussen mag bent dank alstublieft vandaag morgen naast heel erg onze gaat gaan maken staat komt maakt""",
    "sv": """och det att i en jag hon som han på den med var sig för så till är men ett om hade de av icke mig du henne
        då sin nu har inte hans honom skulle hennes där min man ej vid kunde något från ut när efter upp vi dem vara
        vad över än dig kan sina här ha mot alla under någon eller allt mycket sedan ju denna själv detta åt utan
        varit hur ingen mitt ni bli blev oss din dessa några deras blir mina samma vilken er sådan vår blivit dess
        inom mellan sådant varför varje vilka ditt vem vilket sitt vart dina vars vårt våra ert era vilkas behöver
        vill ska måste finns får går gör ge också bara hej tack snälla mer idag imorgon bra mycket""",
    "da": """og i jeg det at en den til er som på de med han af for ikke der var mig sig men et har om vi min havde ham
        hun nu over da fra du ud sin dem os op man hans hvor eller hvad skal selv her alle vil blev kunne ind når være
        dog noget ville jo deres efter ned skulle denne end dette mit også under have dig anden hende mine alt meget
        sit sine vor mod disse hvis din nogle hos blive mange ad bliver hendes været thi jer sådan hvordan hvorfor
        hvem hvornår hvilken hvilke kan får går gør giv lav mellem uden bare kun skriv tak hej venligst mere lidt
        godt ved brug nogen ingen bruge dag uge""",
    "no": """og i jeg det at en et den til er som på de med han av ikke der så var meg seg men ett har om vi min mitt ha
        hadde hun nå over da ved fra du ut sin dem oss opp man kan hans hvor eller hva skal selv sjøl her alle vil
        bli ble blei blitt kunne inn når være kom noen noe ville dere deres kun etter ned skulle denne for deg si sine
        sitt mot å meget hvorfor dette disse uten hvordan ingen din ditt blir samme hvilken hvilke sånn inni mellom
        vår hver hvem hvis både bare enn fordi før mange også slik vært begge siden henne hennes gi få går gjør
        lag skriv takk hei vennligst mer litt godt trenger mye bruke uke""",
    "fi": """ja on ei se että oli hän ovat kun mutta jos niin kuin myös tai olla minä sinä me te he tämä joka mitä mikä
        missä miten miksi milloin kuka voi voin voit voiko vain nyt sen sitä siitä siinä ole olen olet olemme ollut
        hänen minun sinun meidän teidän heidän tämän tässä tästä ne niitä nämä joita joka jonka jotka koska vielä jo
        kaikki kaikkien paljon hyvin hyvä ennen jälkeen ilman kanssa mukaan sekä eli siis sitten aina koskaan mitään
        jotain joku kiitos hei pitää täytyy haluan haluaisin tarvitsen anna kerro kirjoita selitä kuinka paljonko
        enemmän olisi eivät emme en et ettei siksi tänään huomenna sekä noin oma uusi yksi kaksi minulle saa mukaan""",
    "pl": """i w na z do nie się że to jest o jak po co za od by ale dla tak przez przy są czy ich tego tym jego jej
        już tylko może być był była było były ma mam masz mnie mi ci ja ty on ona my wy oni który która które których
        którzy gdy kiedy gdzie dlaczego kto jaki jaka jakie jakich ten ta te tej tych tę bardzo także również więc
        lub albo oraz bo ponieważ żeby aby jeśli jeżeli pod nad przed między bez u we ze mój moja moje twój proszę
        dziękuję dzień dobry chcę chciałbym potrzebuję muszę trzeba można mogę napisz wyjaśnij podaj jeszcze zawsze
        nigdy nic coś wszystko wszystkie każdy sobie tam tu teraz dzisiaj jutro ile""",
    "cs": """a se v na je že to s z do o i jako za by pro ale po které jsou který podle jeho nebo k si tak od při jsem
        jen co už aby byl bylo byla byli jsme jste jak ve ze ke má mají mám máš mě mi mu ho ji jí nás vás nám vám oni
        ona ono my vy ty já tento tato toto této tohoto tom tím těch kde kdy proč kdo jaký jaká jaké jakou které
        která bych bude budou budu být není nejsou nemá také taky však když pokud protože než mezi bez před pod nad
        velmi více prosím děkuji dobrý den chci chtěl potřebuji musím může můžete mohu můžu napiš vysvětli ještě vždy
        nikdy nic něco všechno všechny každý můj moje svůj své dnes zítra kolik jestli""",
    "ro": """de și în a la cu o pe că care nu din un mai să se este pentru sunt ce al ale au fost dar ca sau era prin
        după lui despre fi am are fără între lor sale această acest aceste acestui acestei cel cea cei cele ei el ea
        noi voi tu eu îmi îți își mă te ne vă îl îi le unde când cum cât câte cine care oricum foarte și tot toate
        toți numai doar chiar încă apoi atunci aici acolo dacă deși deoarece fiindcă pot poți poate putem vreau aș
        vrea trebuie avem aveți am sunteți suntem ești mulțumesc bună salut rog scrie explică dă spune fac face
        mult multe mine tine astăzi mâine ori nici ceva nimic si sa in unui unei asta""",
    "hu": """a az és hogy nem is egy van ez volt meg de csak ha már mint el azt ezt vagy még nagyon lesz kell aki ami
        mert úgy így mi én te ő ti ők minden lehet majd után alatt között nélkül előtt mellett szerint által most itt
        ott ki hol mikor miért hogyan milyen melyik mennyi hány tud tudok tudsz tudom kérem köszönöm szia szeretnék
        szeretném akarok kellene lenne volna vannak voltak vagyok nincs sem se pedig azonban illetve valamint tehát
        ezek azok ezért azért amely amelyek akkor amikor olyan ilyen sok több első két nekem neked neki nekünk engem
        írj írjon add mondd magyarázd mit mire miben jó ma holnap utána fel le be össze meg ennek annak abban ebben""",
    "tr": """ve bir bu da de için ile çok ne o daha gibi kadar olarak var ama en mi ben sen biz siz onlar olan değil
        her ya sonra ise nasıl neden niçin nerede hangi kim ki şey beni seni onu bana sana ona benim senin onun bizim
        sizin yok oldu olduğu olduğunu olur oluyor olması etmek eder ediyor etti yapmak yapar yapıyor istiyorum
        istiyor lütfen teşekkür teşekkürler merhaba evet hayır tüm bütün bazı hiç şimdi bugün yarın dün önce arasında
        göre karşı üzerinde içinde mı mu mü veya hem ancak çünkü eğer diye kendi iki ilk yeni iyi büyük gerekiyor
        lazım misin mısın musunuz mısınız misiniz yaz açıkla söyle ver yardım hakkında bunu şu nedir tarafından""",
    "vi": """và của là có không được cho một các trong với người này những để đã khi đến ở từ như cũng về ra tôi bạn anh
        chị em ông bà nó họ chúng ta mình thì mà nhưng hoặc hay nếu vì nên bởi tại sao thế nào gì ai đâu bao nhiêu
        rất nhiều ít hơn nhất đang sẽ vẫn còn lại vào lên xuống sau trước giữa theo nhau cả mọi mỗi việc cần muốn
        phải thể hãy xin cảm ơn chào giúp viết giải thích làm biết nói đi hôm nay ngày mai""",
    # neighbours
    "ca": """els les amb és al dels com o més però són ha aquest aquesta seva seu ho hi també perquè quan molt tot tots
        està estan fer jo nosaltres què qui quin quina puc vull gràcies bon dia sense fins des ja només això meva meu
        pot heu té no per a l d si""",
    "sk": """a sa v na je že to s z do o i ako za by pre ale po ktoré sú ktorý podľa jeho alebo k si tak od pri som
        len čo už aby bol bolo bola boli sme ste vo zo ku má majú mám mňa mi mu ho ju nás vás nám vám kde kedy prečo
        kto aký aká aké ktorá bude budú nie sú nemá tiež však keď pretože než medzi bez pred veľmi viac prosím
        ďakujem chcem potrebujem môže môžem môžete ešte vždy nikdy nič niečo všetko každý môj moje svoj dnes zajtra""",
    "hr": """i u je na se da su za od s o a kao što koji koja koje to ne ali iz po ili će bi ovo ova ovaj sam smo ste
        nije nisu bio bila bilo bili biti samo već može mogu kako gdje kada zašto tko ko kakav jer ako kod između bez
        prije nakon vrlo više još uvijek nikad ništa nešto sve svi svaki moj moja moje tvoj hvala molim dobar dan
        trebam želim treba imam ima imaju mi vi oni ja ti on ona njegov njihov danas sutra sa""",
    "sl": """in je v na se da so za od z s o kot ki pa to ne ali iz po tudi bi bo bil bila bilo bili biti sem smo ste ni
        niso samo že lahko kako kje kdaj zakaj kdo kakšen ker če pri med brez pred zelo več še vedno nikoli nič nekaj
        vse vsi vsak moj moja moje hvala prosim dober dan potrebujem želim imam ima imajo mi vi oni jaz ti on ona
        njegov danes jutri ta te tega kaj""",
    "et": """ja on ei see et oli ta kui aga või ka ma sa me te nad mis kes kus millal miks kuidas kas selle seda siis
        veel juba väga hea enne pärast ilma koos ning sest oma uus üks kaks palun aitäh tere olen oled oleme olete
        olla pole saab saan võib võin tahan vajan kõik midagi keegi mitte ainult nii minu sinu tema meie teie nende
        täna homme rohkem""",
    "af": """die van en in is het nie dat wat vir met op te 'n by sy hulle ons jy ek aan om as sal was ook maar kan deur
        uit hom haar hierdie baie na nog daar dit een word moet of my jou ons julle hoekom waar wanneer hoe wie
        asseblief dankie gaan sê oor tussen sonder more vandag""",
    "id": """yang dan di dengan untuk tidak ini itu dari dalam akan pada juga saya ke karena tersebut bisa ada mereka
        lebih kata sudah atau hanya oleh anda kami kita telah bagi dapat adalah seperti kepada tapi apa siapa
        bagaimana mengapa kapan mana tolong terima kasih jangan belum sangat banyak semua setiap tanpa antara setelah
        sebelum hari saat bagaimana dia ia para menjadi boleh""",
    "gl": """unha dunha nunha non máis moito moi xa tamén polo pola despois sen mesmo quen vostede teñen podo onde
        grazas ola ben son foi hai do da no na os ao pódese ningún outra deste desta""",
    "lt": """ir yra kad su į iš ne tai bet kaip ar už apie jis ji mes jūs aš tu jie buvo bus būti gali galiu prašau ačiū
        labas kur kada kodėl kas koks kokia labai daugiau jau dar tik nuo iki prie per po be tarp visi viskas mano
        tavo jo jos šis ši tas ta reikia noriu""",
    "lv": """un ir ka ar no uz par ne tas bet kā vai es tu viņš viņa mēs jūs viņi bija būs būt var varu lūdzu paldies
        sveiki kur kad kāpēc kas kāds kāda ļoti vairāk jau vēl tikai līdz pie pēc bez starp visi viss mans tavs šis
        šī ja lai arī vajag gribu""",
    "eu": """eta da ez bat egin duen dira izan du hau zer nola baina edo ere zure dago daude ditu ezin dute baino
        mesedez kaixo eskerrik asko nahi behar naiz zara gara hori horrek dela den beste guztiak hemen""",
    "az": """və üçün çox qədər deyil necə niyə harada hansı mən sən yoxdur xahiş edirəm salam bəli xeyr bütün heç
        indi""",
    "is": """og að í er á það sem ekki við um með en til þú ég hann hún þeir við þið frá af var eru hvað hvernig hvar
        af hverju takk halló vinsamlegast getur hafa verið mjög""",
    "cy": """y yr yn i a o ar mae ei eich gan bod wedi nad nid ddim hyn hwn hon oes beth sut ble pam diolch os gwelwch
        i'r am gyda""",
    # in Cyrillic
    "ru": """и в не на я что он с как это по но они к у ты из мы за вы так же от сказать этот который мочь человек о
        один ещё еще бы такой только себя своё какой когда уже для вот кто да говорить год мой до если были был была
        было быть есть нет или во со при их его её ее им нас вас вам нам мне меня тебя тебе где почему зачем сколько
        чем чтобы потому очень также можно нужно надо хочу могу может помоги пожалуйста спасибо привет напиши
        объясни всё все ничего что-то всегда между без после перед сейчас сегодня завтра мои моя мою которые которая
        том этом эта эти этого того об""",
    "uk": """і в не на я що він з як це по але вони до у ти із ми за ви так же від цей який одна ще б такий тільки
        себе своє коли вже для ось хто та рік мій якщо були був була було бути є немає чи або при їх його її їм нас
        вас вам нам мені мене тебе тобі де чому навіщо скільки чим щоб тому дуже також можна треба потрібно хочу
        можу може допоможи будь ласка дякую привіт напиши поясни все всі нічого щось завжди між без після перед зараз
        сьогодні завтра моя мою які яка яке про й цього того під""",
    "bg": """и в не на аз че той с как това по но те към ти от ние за вие така се който която което които един още би
        такъв само себе си кога вече ето кой да година мой до ако бяха беше бил била било бъде са съм няма има или
        при техен негов ни ви ми ме те му я го им къде защо колко какво каква какъв защото много също може трябва
        искам мога помогни моля благодаря здравей напиши обясни всичко всички нищо нещо винаги между без след преди
        сега днес утре моя тази този тези ли ще във със е""",
    "be": """і ў не на я што ён з як гэта па але яны да у ты мы за вы так жа ад гэты які адзін яшчэ б толькі сябе калі
        ўжо для вось хто ці або быў была было быць ёсць няма пры іх яго яе дзе чаму колькі каб таму вельмі таксама
        можна трэба хачу магу дзякуй усё ўсе нічога заўсёды паміж без пасля""",
    "sr": """и у је на се да су за од с о као што који која које то не али из по или ће би ово ова овај сам смо сте није
        нису био била било бити само већ може могу како где када зашто ко јер ако код између без пре након врло више
        још увек све сви хвала молим имам има""",
    "mk": """и во на се да за од со како што кој која кое тоа не но или ќе би ова овој сум сме сте беше бил била биде
        само веќе може можам каде кога зошто бидејќи ако меѓу без пред по многу повеќе сè сите благодарам имам има
        ги го ја му ми ти нема""",
    # in Arabic letters
    "ar": """من في على إلى عن أن هذا هذه التي الذي كان كانت لا ما هو هي مع أو لم لن قد كل بعد قبل بين عند حتى إذا ثم
        أنا أنت نحن هم كيف لماذا متى أين كم هل ماذا أريد يمكن يجب شكرا مرحبا فضلك اكتب اشرح ليس غير أي ذلك تلك حيث
        لكن وهو وهي يكون تكون إن فيها فيه به بها له لها ولا وما ومن وفي اليوم غدا""",
    "fa": """از در به که این را با است برای آن یک می های شد بود هم خود تا کرد بر هر اما یا اگر من تو او ما شما آنها چه
        چرا چگونه چطور کجا کی چند آیا باید میتوان لطفا ممنون سلام بنویس توضیح نیست هستم هست شود کنید کند کنم دارد
        دارم خواهم بین بدون بعد قبل بسیار خیلی همه هیچ امروز فردا ها""",
    "ur": """کے میں کی ہے اور سے کا کو اس نے کہ ہیں پر یہ تھا بھی ایک تو جو وہ نہیں کر کیا ہو گیا تھی تھے یا لیے اپنے
        ہم آپ مجھے کیوں کیسے کہاں کب کون کتنا چاہیے شکریہ براہ کرم لکھیں بہت سب کچھ آج کل رہا ہوں""",
    # in Devanagari
    "hi": """के में की है और से का को इस ने कि हैं पर यह था भी एक तो जो वह नहीं कर क्या हो गया थी थे या लिए अपने हम आप
        मुझे क्यों कैसे कहाँ कहां कब कौन कितना कितने चाहिए धन्यवाद कृपया लिखें बताएं बताइए बहुत सब कुछ आज कल रहा रही रहे
        हूँ हूं मैं मेरा मेरे मेरी उस इसे उसे साथ बाद किया करना करें करने ये वे दो होता होती ही""",
    "mr": """आहे आणि मी तू तो ती ते आम्ही तुम्ही आहेत नाही हे हा ही काय का कसे कुठे कधी कोण साठी मध्ये पण किंवा होते होता
        होती असे खूप माझे माझा तुमचे कृपया धन्यवाद आज उद्या करा करू शकता सर्व काही च या""",
    "ne": """छ र को मा ले हो यो त्यो म तिमी हामी उनी छन् छैन थियो के किन कसरी कहाँ कहिले कुन लागि पनि तर वा धेरै मेरो
        तपाईं तपाईंको कृपया धन्यवाद आज भोलि गर्न गर्नुहोस् सबै केही लाई बाट गरेको""",
}

#: Known so that they are not taken for one of the others.
NEIGHBOURS: Final = frozenset(
    (
        "ca", "sk", "hr", "sl", "et", "af", "id", "gl", "lt", "lv", "eu", "az", "is", "cy", "be", "sr", "mk", "ur",
        "ug", "ps", "mr", "ne",
    )
)  # fmt: skip

#: ISO 639-1 -> last three letters of its longer words.
ENDINGS: Final[Mapping[str, str]] = {
    "en": "ing ion ght ous ent ess ble ity ies ted ers ely lly our ure ate ngs ord ain",
    "de": "ung gen hen eit ich cht ten ter ben den nen ern sch tzt ele nde ier ren ehr aft ode ßen sse",
    "fr": "ent ion ant eur ais ait ons eux ire tre que ité ale ées ois ien ier oir ère aux ces ise",
    "es": "ión dad nte ado ido aba ndo mos cia ría tes res ras dor ada nto nes ías les aje ara",
    "it": "one ità nte are ere ire ato uto zia gli tto tti tta nza ndo ano ono ini lla llo sto ale ggi amo cci",
    "pt": "ção ões ade nte ado ido ava ndo mos cia ria eis ais dor nto nho nha ram zer ssa sse ará",
    "nl": "ing gen ijk ken ten den ren eid oor jes tje aar cht aat oon ers dig nde len ven ord",
    "sv": "het ade nde ing ast are ska igt äts jag ött lla tta gon ten len ner",
    "da": """hed ede nde ger igt gen ler ser ves ske sen ket lse ige nge lig det nes vet rne age uge øge abe ade
        ide eje øde""",
    "no": "het nde ger ene igt gen ler ser kke sen ket lse ige nge lig det nes tte ake uke øke ape ate ite eie øte",
    "fi": """nen sta stä ssa ssä lla llä lle een ään iin aan ksi sen tta ttä vat vät isi mme ita itä nut nyt ttu
        nta nti mat mät lta ltä taa tää daa dää vaa uus yys ota etä sto""",
    "pl": "ość nie ego emu ych ach ami owy owa owe ski cie ają uje any ana asz eni dzi eść ści wać zać kie nia",
    "cs": "ost ání ení ého ému ých ách ami ový ová ové ský ají uje ený ená íme ete ním ují aly ech sti kou",
    "ro": "are ere ire lor tea rea uri ată ită ele ile nte ție ții ciu oar eau",
    "hu": """ság ség nak nek ban ben hoz hez val vel tól től ról ről ból ből unk ünk tak tek ása ése ott ett eni
        ani zik""",
    "tr": "lar ler lık lik dır dir dur dür yor mek mak ını ini nda nde dan den rın rin miş mış sın sin",
    "ca": "ció tat ava ant ent ons ats ada dor nia res",
    "sk": "osť nie ého ých ami ový ová ové ský ajú uje ený ená íme ete",
    "hr": "ost nje ski ama ima ovi nih nog ije",
    "sl": "ost nje ski ama imi ovi nih ega ije ati",
    "et": "sed kse ste ust ida ada ata tud nud",
    "eu": "ren tea zen ari iko eko",
    "ru": "ние ния ать ить ого его ный ной ных ами ция ции тся ает ует ешь ите йте сть ком жно еть ему",
    "uk": "ння ати ити ого ний ної них ами ція ції ься ває іть сть ому жна ені ими ськ ною",
    "bg": "ото ата ите ето ния ява ане ени ава ята ски ост ция чки",
    "be": "ння ага ных",
    "mk": "ото ата ите ето ува ање ски ост",
    "sr": "има ање ски ост ити ати ења",
    "id": "kan nya lah gan ang tan ran kah nga",
}

#: Letters that few languages use -> those that do.
LETTERS: Final[Mapping[str, str]] = {
    "ä": "de sv fi et sk", "ö": "de sv fi et hu tr", "ü": "de tr hu et", "ß": "de", "ə": "az", "ð": "is", "þ": "is",
    "å": "sv da no", "æ": "da no", "ø": "da no",
    "ñ": "es gl", "¿": "es gl", "¡": "es gl",
    "ã": "pt vi", "õ": "pt et vi", "ç": "fr pt tr ca", "ê": "fr pt vi", "â": "fr pt ro vi", "ô": "fr pt sk vi",
    "à": "fr it pt ca vi", "è": "fr it ca vi", "ù": "fr it vi", "ò": "it ca vi", "ì": "it vi", "î": "fr ro",
    "û": "fr", "œ": "fr", "ë": "fr nl", "ï": "fr nl ca",
    "ą": "pl lt", "ę": "pl lt", "ł": "pl", "ż": "pl", "ź": "pl", "ś": "pl", "ć": "pl hr", "ń": "pl",
    "ř": "cs", "ů": "cs", "ě": "cs", "ý": "cs sk vi", "ž": "cs sk hr sl lt lv", "š": "cs sk hr sl lt lv et",
    "č": "cs sk hr sl lt lv", "ď": "cs sk", "ť": "cs sk", "ň": "cs sk", "ľ": "sk", "ĺ": "sk", "ŕ": "sk", "đ": "vi hr",
    "ă": "ro vi", "ș": "ro", "ş": "tr ro", "ț": "ro", "ţ": "ro", "ő": "hu", "ű": "hu",
    "ğ": "tr", "ı": "tr", "ė": "lt", "į": "lt", "ų": "lt", "ū": "lt lv", "ā": "lv", "ē": "lv", "ī": "lv", "ķ": "lv",
    "ļ": "lv", "ņ": "lv", "ģ": "lv", "ơ": "vi", "ư": "vi", "ạ": "vi", "ả": "vi", "ấ": "vi", "ầ": "vi", "ế": "vi",
    "ề": "vi", "ệ": "vi", "ể": "vi", "ọ": "vi", "ộ": "vi", "ớ": "vi", "ờ": "vi", "ợ": "vi", "ị": "vi", "ụ": "vi",
    "ữ": "vi", "ứ": "vi", "ừ": "vi", "ự": "vi", "ố": "vi", "ồ": "vi", "ổ": "vi", "ậ": "vi",
    "ы": "ru be", "э": "ru be", "ё": "ru be", "щ": "ru uk bg", "ъ": "bg ru", "і": "uk be", "ї": "uk", "є": "uk",
    "ґ": "uk", "ў": "be", "ј": "sr mk", "љ": "sr mk", "њ": "sr mk", "џ": "sr mk", "ћ": "sr", "ђ": "sr", "ќ": "mk",
    "ѓ": "mk", "ѕ": "mk",
    "پ": "fa ur", "چ": "fa ur", "ژ": "fa ur", "گ": "fa ur", "ک": "fa ur", "ی": "fa ur", "ٹ": "ur", "ڈ": "ur",
    "ڑ": "ur", "ے": "ur", "ہ": "ur", "ں": "ur", "ة": "ar", "ي": "ar ug", "ك": "ar ug", "ى": "ar ug", "أ": "ar",
    "إ": "ar",
    "ې": "ug ps", "ۈ": "ug", "ۆ": "ug", "ە": "ug", "ڭ": "ug", "ښ": "ps", "ړ": "ps", "ټ": "ps", "ځ": "ps", "څ": "ps",
    "ळ": "mr", "ँ": "hi ne",
}  # fmt: skip
