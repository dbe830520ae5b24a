address-title = Votre adresse e-mail
address-now = C’est actuellement { $email }.
address-now-unconfirmed = C’est actuellement { $email }, et vous n’avez pas encore confirmé qu’elle est à vous.
address-none = Votre compte n’en a pas encore.
address-intro = Nous envoyons un lien à l’adresse que vous tapez. Elle prend effet quand vous ouvrez ce lien.
address-email = Adresse e-mail
address-submit = Envoyer le lien

address-no-address = Ce n’est pas une adresse e-mail. Écrivez-la comme alice@example.com.
address-wait = Vous avez demandé beaucoup de liens. Réessayez dans { $span } environ.

address-sent = Consultez votre messagerie
address-sent-if = Si { $email } peut être l’adresse de votre compte, un lien y est en route. Il fonctionne une fois, pendant une heure. Rien ne change avant que vous l’ouvriez.

address-confirm = Confirmer votre adresse e-mail
address-confirm-what = Le compte { $user } doit avoir l’adresse { $email }.
address-confirm-was = Elle remplace { $email }, qui en est avertie.
address-confirm-submit = Confirmer
address-confirm-unexpected = Si vous ne l’avez pas demandé, fermez la page.

address-confirmed = Votre adresse e-mail est confirmée
address-confirmed-what = Le compte { $user } a l’adresse { $email }. Vous pouvez aussi vous connecter avec elle. Vous pouvez fermer cette page.
