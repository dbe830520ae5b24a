forgot-title = Mot de passe oublié ?
forgot-intro = Nous vous envoyons un lien pour en choisir un nouveau.
forgot-username = Nom d’utilisateur ou adresse e-mail
forgot-submit = Envoyer le lien
forgot-back = Retour à la connexion

forgot-empty = Tapez votre nom d’utilisateur ou votre adresse e-mail.
forgot-wait = Trop de tentatives depuis votre réseau. Réessayez dans { $span } environ.

forgot-sent = Consultez votre messagerie
forgot-sent-if = S’il existe un compte de ce nom et que nous en connaissons une adresse e-mail, un lien y est en route. Il fonctionne une fois, pendant 15 minutes.
forgot-sent-nothing = Rien après quelques minutes ? Regardez parmi les indésirables, ou demandez à la personne qui gère ce serveur.
