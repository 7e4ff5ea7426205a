"""Words that a question is built with and that say nothing about what it asks for.

In conversations "what" and "did" are rare, because people state more than they ask; by frequency
alone BM25 takes them for telling words, and on LoCoMo that costs the lexical arm five points of
recall. So questions, and only questions, are asked without the closed word classes: articles,
pronouns, auxiliaries, prepositions, conjunctions, question words. Longer lists found elsewhere
also drop words such as "adopted" or "best", and lose more than they gain.
"""

_LISTS = {
    "english": """
        a an the this that these those i me my mine myself you your yours yourself he him his
        himself she her hers herself it its itself we us our ours they them their theirs who whom
        whose which what when where why how am is are was were be been being do does did doing
        done have has had having will would shall should can could may might must and or but nor
        if then than so as of to in on at by for from with about into onto over under between
        through during before after above below up down out off again not no yes any some all
        both each every either neither few more most other another such only own same too very
        just also there here now ever s t d ll m re ve dont didnt doesnt isnt wasnt arent werent
        im ive id youre hes shes theyre whats whos
    """,
    "german": """
        der die das den dem des ein eine einen einem einer eines ich mich mir mein meine du dich
        dir dein deine er ihn ihm sein seine sie ihr ihre ihnen es wir uns unser unsere euch euer
        man sich wer wen wem wessen was welche welcher welches wann wo warum weshalb wie wohin
        woher bin bist ist sind seid war waren warst gewesen habe hast hat haben hatte hatten
        werde wirst wird werden wurde wurden kann kannst konnte soll sollte muss musste will wollte
        darf und oder aber denn wenn dann als so von zu zum zur in im ins an am auf bei mit nach
        vor aus durch um über unter zwischen nicht kein keine ja nein auch nur noch schon sehr da
        hier jetzt dass ob
    """,
    "french": """
        le la les un une des du de d l je me moi mon ma mes tu te toi ton ta tes il elle lui son
        sa ses se on nous notre nos vous votre vos ils elles leur leurs ce cet cette ces c qui que
        qu quoi quel quelle quels quelles quand où pourquoi comment dont suis es est sommes êtes
        sont était étaient être ai as a avons avez ont avait avaient eu avoir fait faire peut
        doit et ou mais si alors donc car à au aux en dans sur sous par pour avec sans entre avant
        après ne pas non oui aussi très plus y
    """,
    "spanish": """
        el la los las un una unos unas lo yo me mi mis tú te tu tus él ella le su sus se nosotros
        nos nuestro nuestra vosotros ellos ellas les este esta estos estas ese esa eso quién qué
        cuál cuáles cuándo dónde por porque cómo que quien soy eres es somos son era eran fue
        fueron sido ser está están estaba he has ha hemos han había habían hace hizo puede debe y
        o pero si entonces de del a al en con sin para sobre entre hasta desde antes después no sí
        también muy más ya
    """,
    "italian": """
        il lo la i gli le un uno una l io mi me mio mia tu ti te tuo tua lui lei suo sua si noi ci
        nostro voi vi vostro loro questo questa questi queste quello quella chi che cosa quale
        quali quando dove perché come sono sei è siamo siete era erano stato stata essere ho hai
        ha abbiamo hanno aveva avere fa fatto può deve e o ma se allora di del della a al in nel
        nella su con senza per tra fra da dal prima dopo non sì anche molto più già
    """,
    "portuguese": """
        o a os as um uma uns umas eu me mim meu minha tu te teu tua você ele ela lhe seu sua se
        nós nos nosso vocês eles elas este esta esse essa isso aquele quem que qual quais quando
        onde porque como sou é somos são era eram foi foram sido ser está estão estava tenho tem
        temos têm tinha ter fez faz pode deve e ou mas então de do da em no na a ao à com sem para
        por sobre entre até desde antes depois não sim também muito mais já
    """,
    "dutch": """
        de het een ik mij me mijn jij je jou jouw hij hem zijn zij ze haar wij we ons onze jullie
        hun hen u uw dit dat deze die wie wat welk welke wanneer waar waarom hoe ben bent is was
        waren geweest heb hebt heeft hebben had hadden word wordt werd worden kan kon zal zou moet
        mag wil en of maar want als dan dus van te in op aan bij met naar voor na uit door om over
        onder tussen niet geen ja nee ook nog al heel er hier daar nu
    """,
}

FUNCTION_WORDS = {language: tuple(words.split()) for language, words in _LISTS.items()}
"""By the language's Snowball name; a language that is not here keeps every word of a question."""
