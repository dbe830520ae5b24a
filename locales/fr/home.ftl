### La page à l’adresse du serveur.

home-title = Connexion
home-heading = C’est ici que vous vous connectez pour vos applications
home-nothing-to-do = Une application qui a besoin de votre accord ouvre ce site d’elle-même. Ce que vous avez autorisé et où vous êtes connecté se trouve dans votre compte.
home-account = Votre compte
home-sign-out = Se déconnecter
home-developers = Pour les développeurs :
home-metadata = métadonnées du serveur d’autorisation
