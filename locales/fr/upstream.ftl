### Se connecter avec d’autres fournisseurs. $provider est le nom que les administrateurs donnent à l’un d’eux.

## Cela n’a pas marché.

upstream-away = { $provider } n’est pas disponible pour le moment
upstream-away-happened = { $provider } n’a pas répondu, ou pas comme il le faut. Rien n’est perdu.
upstream-away-advice = Réessayez dans un moment, ou connectez-vous autrement.
upstream-declined = Vous ne vous êtes pas connecté avec { $provider }
upstream-declined-happened = { $provider } vous a renvoyé sans réponse. Rien n’a été partagé.
upstream-declined-advice = Réessayez avec { $provider }, ou connectez-vous autrement.
upstream-failed = La connexion avec { $provider } n’a pas marché
upstream-refused-happened = { $provider } a refusé. La personne qui administre ce serveur peut voir pourquoi.
upstream-unbelievable-happened = Ce que { $provider } a envoyé ne suffit pas pour que ce serveur croie qui vous êtes. La personne qui administre ce serveur peut voir pourquoi.
upstream-failed-advice = Réessayez une fois. Si vous revenez à cette page, donnez le numéro de la requête à la personne qui gère ce serveur.
upstream-not-fresh = La connexion avec { $provider } doit être récente
upstream-not-fresh-happened = Vous devez prouver encore une fois qui vous êtes, et { $provider } n’a pas confirmé que vous venez de le faire.
upstream-not-fresh-advice = Déconnectez-vous de { $provider } et réessayez, ou connectez-vous autrement.
upstream-timeless-happened = Vous devez prouver encore une fois qui vous êtes, et { $provider } ne nous dit pas quand on s’y est connecté.
upstream-timeless-advice = Connectez-vous autrement : avec un mot de passe ou une clé d’accès de ce serveur. Si vous n’en avez pas, la personne qui gère ce serveur peut vous aider.
upstream-not-allowed = Ce compte ne peut pas se connecter ici
upstream-not-allowed-happened = { $provider } dit qui vous êtes, mais la personne qui gère ce serveur n’admet pas ce compte.
upstream-not-allowed-advice = Si vous avez un autre compte chez { $provider }, connectez-vous d’abord là-bas avec celui-ci.
upstream-no-account = Il n’y a pas encore de compte pour vous ici
upstream-no-account-happened = { $provider } dit qui vous êtes, mais aucun compte d’ici n’y est lié, et il ne s’en crée pas tout seuls.
upstream-no-account-advice = Si vous avez un compte ici, connectez-vous autrement et liez { $provider } dans votre compte. Sinon, demandez-en un à la personne qui gère ce serveur.
upstream-link-first = Vous avez déjà un compte ici
upstream-link-first-happened = Un compte d’ici a l’adresse e-mail qui, selon { $provider }, est la vôtre. Une adresse seule ne l’ouvre pas.
upstream-link-first-advice = Connectez-vous autrement, puis liez { $provider } dans votre compte.
upstream-taken = Ceci appartient à un autre compte
upstream-taken-happened = Ce que vous avez montré chez { $provider } ouvre ici un autre compte. Rien n’a été changé.
upstream-taken-advice = Prenez un autre compte chez { $provider }, ou déliez-le d’abord de l’autre compte.
upstream-too-many = Trop de tentatives
upstream-too-many-happened = Il y a eu trop de tentatives depuis votre réseau.
upstream-too-many-advice = Réessayez dans environ { $span }.
upstream-back = Retour à la connexion
upstream-back-to-account = Retour à votre compte

## Ce qui est lié à un compte.

upstream-identities = Se connecter avec d’autres
upstream-identities-whose = Qui peut se connecter là-bas peut se connecter ici en tant que { $user }.
upstream-none = Rien n’est encore lié.
upstream-known-as = Connu là-bas comme
upstream-connected = Lié
upstream-last-used = Dernière utilisation
upstream-never = jamais
upstream-day = { $day }
upstream-disconnect = Délier
upstream-disconnected = C’est délié et ne vous connecte plus.
upstream-stays = Cela reste lié : c’est le seul accès à votre compte. Choisissez d’abord un mot de passe, ajoutez une clé d’accès ou liez-en un autre.
upstream-only-way = C’est le seul accès à votre compte. Choisissez un mot de passe, ajoutez une clé d’accès ou liez-en un autre pour le délier.
upstream-connect = Lier
upstream-connect-how = Vous vous y connectez une fois pour montrer que c’est le vôtre.
upstream-connect-one = Lier { $provider }
