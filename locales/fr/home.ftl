### La page à l’adresse du serveur.

home-title = Connexion
home-heading = C’est ici que vous vous connectez pour vos applications
home-nothing-to-do = Une application qui a besoin de votre autorisation ouvre ce site d’elle-même. D’ici là, il n’y a rien à faire.
home-sign-out = Se déconnecter
home-developers = Pour les développeurs :
home-metadata = métadonnées du serveur d’autorisation
