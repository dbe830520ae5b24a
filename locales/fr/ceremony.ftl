### Le dernier pas, le retour à l’application.

ceremony-allowed = Accès autorisé
ceremony-refused = Rien de nouveau n’a été autorisé

## Où va la réponse : à $host sur le web, à un programme sur l’ordinateur de la personne, à une application sur son appareil.

ceremony-goes-back = { $to ->
    [computer] La réponse retourne à *un programme sur cet ordinateur*.
    [app] La réponse retourne à *une application sur cet appareil*.
   *[web] La réponse retourne à { $host }.
}
ceremony-use-button = Utilisez le bouton si vous n’y êtes pas envoyé automatiquement.
ceremony-go-back = Revenir
ceremony-continue = { $to ->
    [computer] Continuer vers un programme sur cet ordinateur
    [app] Continuer vers une application sur cet appareil
   *[web] Continuer vers { $host }
}

## Une application ouverte par un lien.

ceremony-open-allowed = Il reste une étape : ouvrez l’application pour qu’elle reçoive la réponse. Votre navigateur demandera peut-être avant d’ouvrir les liens qui commencent par { $scheme }.
ceremony-open-allowed-claimed = Il reste une étape : ouvrez l’application qui se donne le nom de « { $name } » pour qu’elle reçoive la réponse. Votre navigateur demandera peut-être avant d’ouvrir les liens qui commencent par { $scheme }.
ceremony-open-refused = Vous pouvez fermer cette page. L’application attend encore ; pour le lui dire, ouvrez-la. Votre navigateur demandera peut-être avant d’ouvrir les liens qui commencent par { $scheme }.
ceremony-open-refused-claimed = Vous pouvez fermer cette page. L’application qui se donne le nom de « { $name } » attend encore ; pour le lui dire, ouvrez-la. Votre navigateur demandera peut-être avant d’ouvrir les liens qui commencent par { $scheme }.
ceremony-open = Ouvrir l’application
ceremony-not-installed = Ensuite vous pouvez fermer cette page. Si rien ne s’ouvre, l’application n’est pas installée sur cet appareil : connectez-vous à nouveau depuis l’appareil qui l’a.

## Avant qu’une erreur mène chez un inconnu.

ceremony-elsewhere-title = Continuer vers une autre adresse ?
ceremony-elsewhere-heading = { $to ->
    [computer] Continuer vers un programme sur cet ordinateur ?
    [app] Continuer vers une application sur cet appareil ?
   *[web] Continuer vers { $host } ?
}
ceremony-elsewhere-sent = Une application vous a envoyé ici avec une demande qui ne fonctionne pas. Aucun accès n’a été donné.
ceremony-elsewhere-sent-claimed = Une application qui se donne le nom de « { $name } » vous a envoyé ici avec une demande qui ne fonctionne pas. Aucun accès n’a été donné.
ceremony-elsewhere-advice = Continuez seulement si vous venez vous-même de là. Sinon, fermez cette page ; il n’y a rien d’autre à faire.
ceremony-leads-to = Mène à

## Pour combien de temps.

ceremony-term-open = Jusqu’à ce que je le retire
ceremony-term-month = Pendant 30 jours
ceremony-term-day = Pendant un jour
ceremony-term-hour = Pendant une heure
