### The account centre. $app is an app by its name or address, $resource what it uses, $time a point in time.

account-nav = Votre compte
account-who = Connecté en tant que { $user }.
account-sign-out = Se déconnecter
account-profile = Profil
account-security = Connexion
account-apps = Applications
account-sessions = Navigateurs
account-history = Historique
account-data = Vos données
account-at = { $time }
account-more = Suite
account-earlier = Plus ancien
account-back = Retour

## What was done a moment ago.

account-done-saved = Enregistré.
account-done-password-set = Votre mot de passe est enregistré. Partout ailleurs, vous êtes déconnecté et plus aucune application n’a d’accès.
account-done-signed-out = Déconnecté. Plus personne n’y est connecté.
account-done-ended = Accès terminé.
account-done-removed = Retirée. L’application n’a plus d’accès.
account-done-limited = La fin est fixée.
account-done-nothing = Rien n’a été modifié : cette page était ouverte depuis longtemps, ou autre chose a changé avant. Veuillez regarder à nouveau.

## Profile.

account-profile-title = Votre compte
account-username = Nom d’utilisateur
account-email = E-mail
account-email-verified = Confirmé
account-email-unverified = Non confirmé
account-email-none = Aucun
account-email-change = Modifier
account-email-add = En ajouter une
account-password = Mot de passe
account-fixed = La personne qui gère ce serveur peut modifier votre nom d’utilisateur et votre adresse e-mail.
account-fixed-name = La personne qui gère ce serveur peut modifier votre nom d’utilisateur.
account-profile-form = Nom et langue
account-profile-refused = Ceci ne peut pas être enregistré. Un nom est une ligne de 200 octets au plus ; les langues sont celles de la liste.
account-name = Votre nom
account-name-about = Les applications qui peuvent voir votre nom reçoivent celui-ci.
account-language = Langue de ces pages
account-language-browser = Celle que demande mon navigateur
account-save = Enregistrer

## Password.

account-password-change = Changer le mot de passe
account-password-first = Choisir un mot de passe
account-password-none-about = Vous n’avez pas encore de mot de passe ici. Avec un mot de passe, vous pouvez vous connecter sans clé d’accès et sans autre fournisseur.
account-password-about = Vous restez connecté dans ce navigateur. Partout ailleurs, vous êtes déconnecté et toutes les applications perdent leur accès.
account-password-set = Enregistrer le mot de passe
account-password-differ = Les deux mots de passe ne sont pas identiques. Saisissez deux fois celui que vous voulez.

## Browsers.

account-sessions-title = Où vous êtes connecté
account-sessions-about = Le navigateur et le système sont ce que le navigateur a dit de lui-même.
account-device = { $browser } sur { $system }
account-device-browser = { $browser }
account-device-system = Un navigateur sur { $system }
account-device-unknown = Navigateur inconnu
account-this-one = Celui-ci
account-address = Adresse
account-place = Probablement
account-signed-in = Connexion
account-seen = Dernière utilisation
account-end-session = Déconnecter
account-end-others = Se déconnecter partout ailleurs
account-sessions-apps = Les applications à accès durable continuent quand un navigateur est déconnecté.

## Apps.

account-apps-title = Applications et agents connectés
account-apps-none = Aucune application n’a d’accès en votre nom, et aucune ne peut revenir sans vous demander.
account-apps-about = Elles agissent en votre nom jusqu’à ce que vous y mettiez fin. On sait ici quand elles ont reçu leur dernier jeton, pas ce qu’elles en ont fait.
account-risky = Risqué
account-program = Un programme sur un ordinateur
account-claimed = Elle se nomme « { $name } ».
account-blocked = Cette application est bloquée ici actuellement.
account-allowed = Autorisé
account-used = Dernier jeton
account-used-from = { $time }, depuis { $address }
account-until = Se termine
account-ends = { $time }
account-ends-unless-used = { $time }, sauf utilisation d’ici là
account-ends-as-set = { $time }, comme vous l’avez fixé
account-limit = Quand il se termine
account-set = Fixer
account-end-grant = Mettre fin à cet accès
account-not-connected = Pas connectée actuellement. Elle peut revenir sans vous demander pour :
account-remembered = Elle peut revenir sans vous demander, tant qu’elle ne veut rien de plus.
account-remembered-until = Elle peut revenir sans vous demander jusqu’au { $time }.
account-remembered-policy = Les administrateurs de ce serveur l’autorisent pour tout le monde.
account-remove = Retirer cette application
account-remove-about = Met fin à tout son accès. Elle devra vous demander la prochaine fois.
account-remove-comes-back = Met fin à tout son accès. Les administrateurs de ce serveur la laissent revenir sans vous demander.

## History. $who did it.

account-history-title = Ce que vous avez autorisé
account-history-none = Vous n’avez rien autorisé jusqu’ici.
account-happened-allowed = Vous avez autorisé { $app } à utiliser { $resource }.
account-happened-allowed-somewhere = Vous avez autorisé { $app } à utiliser quelque chose qui n’est plus ici.
account-happened-policy = Les administrateurs de ce serveur autorisent { $app } à utiliser { $resource }, pour tout le monde.
account-happened-limited = Vous avez fixé quand l’accès de { $app } se termine.
account-happened-expired = Ce que vous aviez autorisé à { $app } pour un temps est terminé.
account-happened-grant-ended = { $who ->
    [you] Vous avez mis fin à un accès de { $app }.
    [administrator] L’administration a mis fin à un accès de { $app }.
    [app] { $app } a rendu un accès.
   *[server] Ce serveur a mis fin à un accès de { $app }.
}
account-happened-withdrawn = { $who ->
    [you] Vous avez retiré { $app }.
    [administrator] L’administration a repris ce qui était autorisé à { $app }.
    [app] { $app } a rendu ce qui lui était autorisé.
   *[server] Ce serveur a repris ce qui était autorisé à { $app }.
}
account-happened-stolen = Quelqu’un a voulu utiliser un accès de { $app } qui avait déjà servi. Ce serveur y a mis fin.
account-happened-everything = { $who ->
    [you] Vous avez mis fin à tout accès à votre compte.
   *[administrator] L’administration a mis fin à tout accès à votre compte.
}
account-happened-until = Jusqu’au { $time }.

## Data, and going.

account-data-title = Vos données
account-export-title = Une copie
account-export-about = Ce que ce serveur conserve de vous, dans un fichier que des programmes peuvent lire : votre compte, les navigateurs où vous êtes connecté, les applications que vous avez laissées entrer et ce que vous avez autorisé.
account-export = Télécharger
account-stop-title = Mettre fin à tout accès
account-stop-short = Si quelque chose ne va pas : vous déconnecte partout et met fin d’un coup à l’accès de toutes les applications.
account-stop-link = Mettre fin à tout accès…
account-stop-question = Mettre fin à tout accès à votre compte ?
account-stop-sessions = Vous êtes déconnecté de chaque navigateur, y compris celui-ci.
account-stop-apps = Chaque application et chaque agent perd son accès.
account-stop-answers = Chaque application doit vous demander à nouveau.
account-stop-limits = Votre mot de passe reste tel quel. Un serveur qui n’interroge pas celui-ci peut croire un jeton jusqu’à son expiration, en général quelques minutes. Si quelqu’un d’autre connaît peut-être votre mot de passe, demandez-en un nouveau à la personne qui gère ce serveur.
account-stop = Mettre fin à tout accès
account-stopped = Tout accès est terminé
account-stopped-about = Personne n’est connecté à votre compte, et aucune application n’y a accès.
account-sign-in = Se connecter
account-leave-title = Supprimer votre compte
account-leave-short = Pour de bon, avec tout ce qu’il a de personnel.
account-leave-link = Supprimer mon compte…
account-leave-question = Supprimer votre compte ?
account-leave-about = Votre mot de passe, vos connexions, ce que vous avez autorisé et l’accès de toutes les applications sont supprimés avec lui. Personne ne peut les rétablir.
account-leave-stays = Le journal de ce qui s’est passé sur ce serveur reste. Il vous désigne par un numéro qui ne mène alors nulle part. Ce que les applications et d’autres serveurs conservent de vous les regarde.
account-leave-type = Saisissez votre nom d’utilisateur
account-leave-name = C’est { $name }.
account-leave = Supprimer mon compte pour de bon
account-leave-other-name = Ce n’est pas votre nom d’utilisateur. Rien n’a été supprimé.
account-leave-last-owner = Vous êtes seul propriétaire de ce serveur. Désignez d’abord quelqu’un d’autre ; rien n’a été supprimé.
account-gone = Votre compte est supprimé
account-gone-about = Vous pouvez fermer cette page.
