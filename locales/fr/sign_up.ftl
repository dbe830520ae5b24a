sign-up-title = Créer un compte
sign-up-intro = Nous envoyons un lien à votre adresse e-mail. Avec lui vous choisissez un mot de passe, et le compte est à vous.
sign-up-email = Adresse e-mail
sign-up-domain = Une qui se termine par { $domain }.
sign-up-name = Votre nom (si vous voulez)
sign-up-submit = Envoyer le lien
sign-up-back = Retour à la connexion

sign-up-no-address = Ce n’est pas une adresse e-mail. Écrivez-la comme alice@example.com.
sign-up-other-domain = Les comptes d’ici sont pour d’autres adresses. Prenez l’une de celles indiquées ci-dessous.
sign-up-wait = Trop de tentatives depuis votre réseau. Réessayez dans { $span } environ.

sign-up-sent = Consultez votre messagerie
sign-up-sent-to = Un e-mail est en route vers { $email }. Il dit comment continuer et est valable une heure.
sign-up-sent-nothing = Rien après quelques minutes ? Regardez parmi les indésirables.

sign-up-password-title = Choisir un mot de passe
sign-up-password-intro = Avec lui, le compte est créé. Vous vous connectez avec votre adresse e-mail et ce mot de passe.
sign-up-username = Votre adresse e-mail
sign-up-make = Créer le compte
sign-up-unexpected = Si vous n’avez pas demandé de compte, fermez cette page : il n’y en aura pas.
sign-up-differ = Les deux mots de passe ne sont pas les mêmes. Tapez deux fois celui que vous voulez.

sign-up-done = Votre compte est prêt
sign-up-sign-in = Connectez-vous en tant que { $user } la prochaine fois qu’une application vous le demande. Vous pouvez fermer cette page.
