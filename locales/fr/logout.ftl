### Déconnexion.

logout-question = Se déconnecter ?
logout-who = Vous êtes connecté en tant que { $user }.
logout-asked-by = Une application qui se donne le nom de « { $name } » demande à vous déconnecter.
logout-apps-stay = Les applications qui ont un accès durable le gardent. Pour rester connecté, fermez cette page.
logout-submit = Se déconnecter

logout-done = Vous êtes déconnecté
logout-nobody = Personne n’est connecté ici
logout-close = Vous pouvez fermer cette page.
logout-shared = Sur un ordinateur partagé, fermez aussi toutes les fenêtres de ce navigateur.
logout-back = Retour à { $host }
