### Ce que toutes les pages partagent : qui demande, et ce qui est dit quand quelque chose ne va pas.

## Ce que l’on sait d’une application.

web-verified = Vérifiée
web-registered = Enregistrée
web-domain-checked = Domaine vérifié
web-not-verified = Non vérifiée

## Ce qui demande, ou la destination d’une réponse, quand ce n’est pas sur le web.

web-computer = Un programme sur cet ordinateur
web-device = Une application sur cet appareil
web-other-device = Un appareil
web-browsers-show = les navigateurs l’affichent peut-être comme { $host }
web-imitates = *Cette adresse en imite peut-être une autre.* Elle mêle des lettres d’alphabets différents, ou des lettres qui se ressemblent. Elle s’écrit en réalité { $host }.

## Pour les développeurs.

web-developer = Pour les développeurs de l’application
web-error = Erreur
web-details = Détails
web-request = Demande

## Erreurs.

web-what-to-do = Ce que vous pouvez faire
web-sign-out = Se déconnecter

web-unknown-client = Cette application n’est pas connue ici
web-unknown-client-happened = L’application qui vous a envoyé ici utilise un enregistrement que ce serveur n’accepte pas. Il a peut-être été supprimé depuis que l’application l’a mémorisé.
web-unknown-client-advice = Faites oublier à l’application ce qu’elle a mémorisé de ce serveur, puis connectez-vous à nouveau. Si vous revenez à cette page, demandez à la personne qui gère ce serveur.

web-bad-document = La description de l’application ne fonctionne pas
web-bad-document-happened = L’application qui vous a envoyé ici se décrit dans un document sur le web. Ce serveur n’a pas pu le lire, ou ne doit pas l’utiliser tel quel.
web-bad-document-advice = Réessayez dans un instant. Si vous revenez à cette page, envoyez les lignes ci-dessous à la personne qui gère ce serveur, ou à ceux qui font l’application.

web-refused-domain = Cette application n’est pas acceptée ici
web-refused-domain-happened = La personne qui gère ce serveur a décidé de ne pas accepter d’applications de ce site.
web-refused-domain-advice = Si vous avez besoin de cette application ici, demandez à la personne qui gère ce serveur de l’autoriser.

web-awaits-approval = Cette application doit d’abord être approuvée
web-awaits-approval-happened = La personne qui gère ce serveur examine chaque nouvelle application avant que quiconque puisse l’utiliser. Elle peut voir maintenant que vous avez demandé celle-ci.
web-awaits-approval-advice = Demandez à la personne qui gère ce serveur de l’approuver, puis connectez-vous à nouveau depuis l’application.

web-unknown-redirect = Nous ne pouvons pas vous renvoyer à l’application
web-unknown-redirect-happened = L’application veut la réponse à une adresse qu’elle n’a pas enregistrée. Rien n’y a été envoyé.
web-unknown-redirect-advice = Retournez à l’application et connectez-vous à nouveau. Si vous revenez à cette page, faites oublier à l’application ce qu’elle a mémorisé de ce serveur.

web-bad-request = La demande de l’application ne fonctionne pas
web-bad-request-happened = L’application qui vous a envoyé ici a demandé quelque chose que ce serveur ne comprend pas ou n’autorise pas.
web-bad-request-advice = Retournez à l’application et réessayez. Si vous revenez à cette page, envoyez les lignes ci-dessous à ceux qui font l’application.

web-needs-person = L’application doit d’abord vous demander
web-needs-person-happened = L’application a demandé l’accès sans rien vous montrer. Il faut d’abord que vous vous connectiez et que vous donniez votre accord.
web-needs-person-advice = Retournez à l’application et connectez-vous à nouveau depuis celle-ci.

web-other-browser = Cette connexion a été commencée ailleurs
web-other-browser-happened = Cette page appartient à une connexion dans un autre navigateur ou une autre fenêtre, ou votre navigateur ne garde pas notre cookie.
web-other-browser-advice = Recommencez depuis votre application et restez dans un seul navigateur, avec les cookies autorisés pour ce site. Si quelqu’un vous a envoyé ce lien, ne l’utilisez pas.

web-expired = Cette page n’est plus valable
web-expired-happened = Elle est restée ouverte trop longtemps, ou une réponse a déjà été donnée. Rien de nouveau n’a été partagé.
web-expired-advice = Retournez à l’application et connectez-vous à nouveau.

web-foreign-form = Ce formulaire ne venait pas de notre page
web-foreign-form-happened = Un autre site a tenté d’envoyer un formulaire en votre nom, ou votre navigateur cache d’où il venait. Rien n’a été fait.
web-foreign-form-advice = Recommencez depuis votre application. Si vous n’avez pas envoyé de formulaire, fermez cette page.

web-bad-logout = Ce lien de déconnexion ne fonctionne pas
web-bad-logout-happened = L’application qui vous a envoyé ici n’a pas pu montrer qu’elle peut vous déconnecter. Personne n’a été déconnecté.
web-bad-logout-advice = Vous pouvez vous déconnecter ici à la place.

web-dead-link = Ce lien ne fonctionne plus
web-dead-link-happened = Un tel lien sert une fois et peu de temps. Il a été utilisé, remplacé par un plus récent, est trop ancien, ou n’a pas été copié en entier.
web-dead-link-advice = Si vous l’avez déjà utilisé pour choisir votre mot de passe, connectez-vous avec celui-ci. Sinon, demandez un nouveau lien à la personne qui gère ce serveur.

web-too-many = Trop de tentatives
web-too-many-happened = Il y a eu trop de tentatives depuis votre réseau.
web-too-many-advice = Réessayez dans { $span } environ.

web-too-large = Votre navigateur a envoyé trop de données
web-too-large-happened = C’est en général parce que d’anciens cookies de ce site se sont accumulés.
web-too-large-advice = Effacez les cookies de ce site dans les réglages de votre navigateur, puis réessayez.

web-not-found = Il n’y a rien ici
web-not-found-happened = L’adresse est peut-être mal tapée, ou la page n’existe plus.
web-not-found-advice = Si une application vous a envoyé ici, connectez-vous à nouveau depuis celle-ci.

web-wrong-method = Cette page ne peut pas être utilisée ainsi
web-wrong-method-happened = Elle répond à un autre type de demande.

web-unavailable = Indisponible pour le moment
web-unavailable-happened = Quelque chose dont ce serveur dépend ne répond pas. Rien n’est perdu.
web-unavailable-advice = Attendez un instant et rechargez cette page.

web-internal = Quelque chose s’est mal passé de notre côté
web-internal-happened = Votre demande n’a pas pu être terminée. L’erreur a été notée.
web-internal-advice = Réessayez. Si cela continue, donnez le numéro de la demande à la personne qui gère ce serveur.

## Comment des applications connues oublient leur enregistrement.

web-forget-claude-code = Tapez `/mcp`, choisissez le serveur, puis *Clear authentication* et *Authenticate*. Si cela n’est pas proposé, supprimez le serveur et ajoutez-le sous un autre nom.
web-forget-vs-code = Lancez *Authentication: Remove Dynamic Authentication Providers* depuis la palette de commandes, puis redémarrez le serveur.
web-forget-cursor = Dans les réglages, sous MCP, déconnectez-vous du serveur, puis connectez-vous à nouveau.
web-forget-inspector = Dans ses réglages d’authentification, choisissez *Clear OAuth State*, ou ouvrez-le dans un nouvel onglet.
web-forget-mcp-remote = Supprimez le dossier `~/.mcp-auth` et relancez-le.
web-other-apps = Autres applications
web-forget-others = Supprimez ce serveur dans l’application et ajoutez-le à nouveau.

## Le pied de chaque page.

web-help = Aide
web-privacy = Confidentialité
web-terms = Conditions
web-imprint = Mentions légales

## Où les éditeurs d’une application en parlent : des pages qui ne sont pas les nôtres.

web-app-pages = Ses pages
web-website = Site web
