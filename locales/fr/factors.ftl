### What somebody signs in with: passkeys, an authenticator app, recovery codes.

factors-title = Comment vous vous connectez
factors-asked = Toute personne qui a une clé d’accès ou une application se la voit demander partout après le mot de passe.

## The password, and other providers. $count is how many are connected.

factors-password = Mot de passe
factors-password-set = Vous en avez un.
factors-password-none = Vous n’en avez pas.
factors-password-change = Changer le mot de passe
factors-password-add = Choisir un mot de passe
factors-others = Autres fournisseurs
factors-others-connected = { $count ->
    [0] Aucun n’est lié.
    [one] Un seul est lié.
   *[other] { $count } sont liés.
}
factors-others-see = Voir ce qui est lié

## Passkeys. $name is what its owner calls one.

factors-passkeys = Clés d’accès
factors-passkeys-none = Aucune pour le moment. Une clé d’accès remplace à la fois le mot de passe et le code.
factors-passkeys-add = Ajouter une clé d’accès
factors-synced = Sur plusieurs appareils
factors-added = Ajoutée le { $day }, pas encore utilisée.
factors-added-used = Ajoutée le { $day }, utilisée pour la dernière fois le { $used }.
factors-change = Renommer ou supprimer
factors-name = Nom
factors-rename = Renommer
factors-rename-form = Renommer { $name }
factors-remove = Supprimer
factors-remove-form = Supprimer { $name }

## The authenticator app.

factors-app = Application d’authentification
factors-app-none = Aucune. Elle montre un nouveau code toutes les 30 secondes, même sans réseau.
factors-app-add = Ajouter une application d’authentification
factors-app-remove = Supprimer l’application

## Recovery codes. $count is how many are left.

factors-codes = Codes de secours
factors-codes-left = { $count ->
    [0] Il ne vous en reste aucun. Demandez-en de nouveaux, pour qu’un téléphone perdu ne vous bloque pas.
    [one] Il vous en reste un.
   *[other] Il vous en reste { $count }.
}
factors-codes-new = Obtenir de nouveaux codes

## What was not done.

factors-not-removed = Rien n’a été supprimé. Il vous en faut au moins un ici ; ajoutez-en d’abord un autre.
factors-last-way-in = Rien n’a été supprimé : cette clé d’accès est le seul moyen d’entrer dans votre compte. Définissez d’abord un mot de passe ou ajoutez une autre clé d’accès.
factors-not-renamed = Rien n’a été renommé. Donnez un nom lisible.
factors-no-codes = Les codes de secours remplacent une clé d’accès ou une application. Ajoutez-en d’abord une.

## Somebody cannot go on without another factor.

factors-enrol-title = Configurez un autre moyen de vous connecter
factors-enrol = Un mot de passe seul ne suffit pas ici. Choisissez avec quoi d’autre vous vous connecterez.
factors-enrol-passkey-only = Ce que vous voulez utiliser demande une clé d’accès : une clé que votre téléphone, votre ordinateur ou votre gestionnaire de mots de passe garde pour vous, et qui ne marche que pour ce site.
factors-enrol-passkey = Une clé d’accès
factors-enrol-app = Une application d’authentification
factors-enrol-help = Une clé d’accès vous connecte avec votre empreinte, votre visage ou un code PIN. Une application d’authentification montre un nouveau code toutes les 30 secondes.

## Setting an app up.

factors-totp-title = Ajouter une application d’authentification
factors-totp-scan = Scannez ceci avec l’application de votre téléphone.
factors-totp-picture = Code QR pour votre application d’authentification
factors-totp-here = Ouvrir l’application sur cet appareil
factors-totp-type = Saisir la clé à la place
factors-totp-key = Clé
factors-totp-account = Pour le compte { $user } ; basé sur l’heure, 6 chiffres.
factors-totp-code = Le code que montre l’application
factors-totp-submit = Ajouter l’application
factors-totp-wrong = Ce code n’est pas correct. Vérifiez que l’heure de votre téléphone se règle toute seule, et saisissez le plus récent.
factors-totp-has-one = Vous avez déjà une application d’authentification. Supprimez-la d’abord.
factors-cancel = Annuler

## Setting a passkey up.

factors-passkey-title = Ajouter une clé d’accès
factors-passkey-about = Votre téléphone, votre ordinateur ou votre gestionnaire de mots de passe la garde pour vous. Vous l’utilisez avec votre empreinte, votre visage ou un code PIN, et elle ne marche que pour ce site.
factors-passkey-name = Un nom pour elle
factors-passkey-name-rule = Pour la reconnaître : où elle est gardée, par exemple.
factors-passkey-submit = Créer la clé d’accès
factors-passkey-nothing = Rien n’a été créé. Réessayez quand vous serez prêt.
factors-passkey-scripts = Les clés d’accès demandent JavaScript et un navigateur qui les connaît.
factors-passkey-address = Les navigateurs gardent des clés d’accès pour des noms, pas pour des adresses. Ouvrez ce serveur par son nom.
factors-passkey-unusable = La réponse de votre navigateur n’était pas utilisable. Réessayez.
factors-passkey-refused = Cette clé d’accès est déjà connue ici, ou vous en avez trop.

## Recovery codes, shown once.

factors-kept-title = Vos codes de secours
factors-kept-about = Si vous perdez votre téléphone ou votre clé d’accès, l’un d’eux vous permet d’entrer. Chacun marche une fois. Gardez-les avec vos papiers ou dans votre gestionnaire de mots de passe.
factors-kept-once = Ils sont montrés maintenant et plus jamais.
factors-kept-for = Pour { $user } chez { $server }. Les codes reçus auparavant ne marchent plus.
factors-kept-continue = Je les ai gardés
