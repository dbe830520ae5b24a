### Connexion.

login-title = Connexion

## Quelle application a envoyé la personne. $app est son nom ou son adresse, $name le nom qu’elle se donne.

login-wants = { $app } souhaite utiliser { $resource }.
login-wants-claimed = { $app }, sous le nom de « { $name } », souhaite utiliser { $resource }.
login-sent = { $app } vous a envoyé ici.
login-sent-claimed = { $app }, sous le nom de « { $name } », vous a envoyé ici.
login-gives-nothing = Vous connecter ne lui donne aucun accès que vous n’avez pas autorisé.

## Le formulaire.

login-username = Nom d’utilisateur ou adresse e-mail
login-password = Mot de passe
login-submit = Se connecter
login-elsewhere = Continuer avec { $provider }
login-take-code = Recevoir plutôt un code par e-mail
login-forgot = Mot de passe oublié ?
login-no-account = Pas de compte ?
login-sign-up = Créer un compte
login-ask = Pas de compte ? Demandez à la personne qui gère ce serveur.
login-help = Pas de compte, ou mot de passe oublié ? Demandez à la personne qui gère ce serveur.

## Ce qui n’a pas marché.

login-no-match = Le nom d’utilisateur et le mot de passe ne correspondent pas. Vérifiez les deux et réessayez.
login-wait = Trop de tentatives depuis votre réseau. Réessayez dans { $span } environ.

## Passkeys.

login-or = ou
login-passkey = Se connecter avec une clé d’accès
login-passkey-form = Clé d’accès
login-passkey-failed = Cela n’a pas marché. Réessayez, ou connectez-vous avec votre mot de passe.
