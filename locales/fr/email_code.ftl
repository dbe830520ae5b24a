email-code-title = Se connecter avec un code
email-code-intro = Nous envoyons un code à l’adresse e-mail de votre compte.
email-code-username = Nom d’utilisateur ou adresse e-mail
email-code-send = Envoyer le code
email-code-password = Se connecter avec un mot de passe

email-code-check = Saisir le code
email-code-sent-if = Si un tel compte existe et que nous connaissons son adresse e-mail, un code à huit chiffres y est en route. Il est valable dix minutes.
email-code-code = Code
email-code-submit = Se connecter
email-code-nowhere-else = Nous ne demandons ce code nulle part ailleurs. Personne d’autre n’en a besoin.
email-code-another = Demander un autre code

email-code-no-match = Ce n’est pas le code, ou il a été essayé trop souvent. Regardez encore, ou demandez-en un autre.
email-code-wait = Trop de tentatives depuis votre réseau. Réessayez dans { $span } environ.
