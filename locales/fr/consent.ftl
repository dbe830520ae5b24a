### La question à la personne. $app est le nom ou l’adresse de l’application, $name le nom qu’elle se donne, $resource ce qu’elle souhaite utiliser.

consent-title = Autoriser l’accès à { $resource } ?
consent-heading = { $app } souhaite utiliser { $resource }

## Pourquoi la page est montrée à nouveau, ou autrement.

consent-too-quick = Cette réponse est arrivée avant que quiconque ait pu lire cette page. Veuillez la lire et décider à nouveau.
consent-nothing-picked = Cochez ce que vous voulez autoriser, ou refusez.
consent-outdated = Quelque chose a changé pendant que cette page était ouverte. Veuillez la relire.
consent-client-changed = L’application a changé ses informations depuis que vous l’avez autorisée. Regardez-la comme si elle était nouvelle.
consent-resource-changed = Les autorisations du serveur ont changé depuis la dernière fois que vous avez accepté.

## Qui elle est.

consent-registration = L’application utilise l’enregistrement qu’un administrateur de ce serveur a approuvé.
consent-registration-claimed = L’application utilise l’enregistrement de « { $name } », qu’un administrateur de ce serveur a approuvé.
consent-claimed = L’application se donne le nom de « { $name } ».
consent-trusted-domain = Décrite par { $host }, à qui les administrateurs de ce serveur font confiance.
consent-vouched = Un administrateur de ce serveur s’en porte garant.
consent-nameless = L’application n’a pas donné de nom.

## Avertissements.

consent-imitates-here = *Venez-vous de lancer « { $known } » vous-même ?* Sinon, refusez. N’importe quel programme de cet ordinateur peut prendre un nom comme celui-là.
consent-imitates = *Ce nom ressemble à « { $known } ».* Rien ne montre que c’est la véritable application. En cas de doute, refusez.
consent-started-program = *Venez-vous de lancer cela vous-même ?* Sinon, refusez. N’importe quel programme de cet ordinateur peut demander ainsi.
consent-started-program-named = *Venez-vous de lancer cela vous-même ?* Sinon, refusez. N’importe quel programme de cet ordinateur peut demander ainsi et prendre ce nom.
consent-started-app = *Venez-vous de lancer cela vous-même ?* Sinon, refusez. N’importe quelle application de cet appareil peut s’attribuer les liens qui commencent par { $scheme }.
consent-elsewhere = L’accès est envoyé à une autre adresse que celle qui demande : { $host }
consent-started-web = *Venez-vous de lancer cela vous-même ?* Si vous ne connaissez pas cette adresse, refusez. Personne ici n’a vérifié à qui elle est.

## Faits.

consent-described-by = Décrite par
consent-not-checked = rien d’autre n’est vérifié
consent-chose-name = a choisi le nom ; rien d’autre n’est vérifié
consent-goes-to = L’accès va à
consent-to-use = Pour utiliser
consent-as = En tant que
consent-not-you = Pas vous ?
consent-how-long = Durée
consent-lasts-renewed = Au plus { $total } ; se termine plus tôt après { $idle } sans utilisation
consent-lasts-once = { $span } environ, sans renouvellement

## Autorisations.

consent-able = L’application pourra
consent-able-new = Nouveau : l’application pourra aussi
consent-able-as-before = Comme vous l’avez déjà autorisé, l’application pourra
consent-able-nothing = Ce que l’application pourra faire
consent-count = { $count ->
    [one] ({ $count } autorisation)
   *[other] ({ $count } autorisations)
}
consent-none = L’application ne demande aucune autorisation particulière. Ce qu’elle peut faire dépend de { $resource }.
consent-allow-all = { $count ->
    [one] Autoriser la { $count } marquée comme risquée
   *[other] Autoriser les { $count } marquées comme risquées
}
consent-before = Autorisé auparavant ({ $count })
consent-risky = Risqué
consent-scope-openid = Savoir qui vous êtes ici
consent-scope-profile = Voir votre nom
consent-scope-email = Voir votre adresse e-mail
consent-scope-offline = Continuer à travailler en votre absence

## La décision.

consent-deny = Refuser
consent-allow = Autoriser
