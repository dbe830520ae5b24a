### Showing more than a password, or a passkey instead of one.

proofs-title = Encore une étape
proofs-who = Vous vous connectez en tant que { $user }. Montrez que c’est bien vous.
proofs-or = ou
proofs-lost = Tout perdu ? La personne qui gère ce serveur peut vous aider.
proofs-else = Se connecter avec un autre compte

## A passkey.

proofs-passkey = Utiliser une clé d’accès
proofs-passkey-form = Clé d’accès
proofs-passkey-failed = Cela n’a pas marché. Réessayez, ou choisissez un autre moyen.
proofs-passkey-scripts = Les clés d’accès demandent JavaScript et un navigateur qui les connaît.

## A code of an app.

proofs-code = Code de votre application d’authentification
proofs-code-submit = Continuer

## A recovery code.

proofs-recovery = Utiliser un code de secours
proofs-recovery-code = Un des codes que vous avez gardés
proofs-recovery-submit = Continuer

## What went wrong.

proofs-wrong = Ce n’est pas correct, ou cela a déjà servi. Prenez le code le plus récent et réessayez.
proofs-wait = Trop de tentatives. Réessayez dans { $span } environ.

## A passkey on the sign-in page that signed nobody in.

proofs-refused-title = Cette clé d’accès n’a pas marché
proofs-refused = Elle n’est plus connue ici, ou cette page a déjà servi. Réessayez, ou connectez-vous autrement.
proofs-refused-wait = Il y a eu trop de tentatives depuis votre réseau. Réessayez dans { $span } environ.
proofs-refused-back = Retour à la connexion

## Somebody signed in with a recovery code. $count is how many they have left.

proofs-recovered-title = Vous avez utilisé un code de secours
proofs-recovered = { $count ->
    [0] Vous êtes connecté. C’était votre dernier code ; il ne marchera plus.
    [one] Vous êtes connecté. Ce code ne marchera plus ; il vous en reste un.
   *[other] Vous êtes connecté. Ce code ne marchera plus ; il vous en reste { $count }.
}
proofs-recovered-advice = Si vous avez perdu votre téléphone ou votre clé d’accès, supprimez-le maintenant et configurez-en un autre.
proofs-recovered-continue = Continuer
proofs-recovered-security = Changer ma façon de me connecter
