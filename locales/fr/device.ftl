### Répondre à un appareil qui ne peut pas montrer de page. $resource est ce qu’il souhaite utiliser.

device-title = Connecter un appareil

## Le formulaire pour le code.

device-enter = Saisissez le code que montre votre appareil. Ne saisissez que le code d’un appareil que vous utilisez vous-même : avec un code que quelqu’un vous a envoyé, c’est *à cette personne* que vous donnez accès.
device-code = Code sur votre appareil
device-rule = Huit lettres. Les minuscules et les espaces conviennent.
device-shape = Huit lettres, comme WDJB-MJHT
device-continue = Continuer
device-who = Vous êtes connecté en tant que { $user }.
device-nothing-yet = Rien n’est encore autorisé : vous verrez d’abord ce que l’appareil demande.

## Pourquoi un code ne mène nulle part.

device-no-code = Ce n’est pas un code. Il a huit lettres, comme WDJB-MJHT, et aucun chiffre.
device-no-match = Aucun appareil n’attend avec ce code. Comparez-le à celui de votre appareil ; s’il a plus de dix minutes, recommencez sur l’appareil.
device-taken = Quelqu’un d’autre a déjà saisi ce code. Si c’est celui de votre appareil, recommencez sur l’appareil et ne dites le nouveau à personne.
device-over = Ce code a déjà reçu une réponse, ou plus personne ne l’attend. Rien de nouveau n’a été autorisé.
device-wait = Trop de codes erronés. Réessayez dans { $span } environ.

## La question. $address est l’endroit d’où l’appareil a demandé, $name le nom qu’il se donne.

device-question = Autoriser un appareil à utiliser { $resource } ?
device-only-if = *Continuez seulement si vous avez commencé cela vous-même*, sur un appareil que vous utilisez maintenant et qui montre ce code :
device-sent = Si quelqu’un vous a envoyé le code ou un lien, ou vous guide pas à pas, refusez : cette personne aurait accès à ce qui est à vous.
device-asked = Demandé
device-asked-just = Il y a moins d’une minute, depuis { $address }
device-asked-ago = Il y a { $span }, depuis { $address }
device-same-network = le réseau où vous êtes maintenant
device-other-network = un autre réseau que celui où vous êtes maintenant
device-other-network-near = un autre réseau que celui où vous êtes maintenant (probablement { $place })
device-in-advance = Les administrateurs de ce serveur ont autorisé cette application pour tout le monde. Vous seul pouvez savoir si l’appareil est le vôtre.
device-device = Appareil
device-named = « { $name } »
device-claims = le nom qu’il se donne

## Ce qu’il en est advenu.

device-approved = Votre appareil est connecté
device-approved-next = Votre appareil le remarquera dans quelques secondes. Vous pouvez fermer cette page.
device-denied = Rien n’a été autorisé
device-denied-next = L’appareil a reçu un refus. Vous pouvez fermer cette page.
device-denied-tell = Si quelqu’un vous a envoyé le code, prévenez la personne qui gère ce serveur.
