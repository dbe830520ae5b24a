### Choisir un mot de passe avec un lien.

choose-password-title = Choisir un mot de passe
choose-password-first = Vous avez maintenant un compte ici. Choisissez le mot de passe avec lequel vous vous connecterez.
choose-password-forgotten = Le nouveau mot de passe remplace le précédent. Vous serez déconnecté partout.
choose-password-username = Votre nom d’utilisateur
choose-password-submit = Enregistrer le mot de passe
choose-password-unexpected = Si vous n’attendiez pas cette page, fermez-la et prévenez la personne qui gère ce serveur.

## Pourquoi le formulaire est montré à nouveau.

choose-password-differ = Les deux mots de passe ne sont pas les mêmes. Tapez deux fois celui que vous voulez.

## Il est enregistré.

choose-password-done = Votre mot de passe est enregistré
choose-password-sign-in = Connectez-vous en tant que { $user } la prochaine fois qu’une application vous le demande. Vous pouvez fermer cette page.
choose-password-link-used = Le lien par lequel vous êtes venu ne fonctionne plus.
