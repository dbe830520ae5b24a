mail-subject = { $server } : { $subject }

mail-works-once = Il fonctionne une fois, jusqu’au { $time }.
mail-unasked = Si vous ne l’avez pas demandé, ne faites rien : rien ne change.

mail-reset-subject = Un lien pour choisir un nouveau mot de passe
mail-reset = Avec ce lien, vous choisissez un nouveau mot de passe pour le compte { $user } sur { $server } :
mail-reset-ends = Il fonctionne une fois, jusqu’au { $time }. Vous serez alors déconnecté partout.

mail-invitation-subject = Vous avez un compte
mail-invitation = Vous avez maintenant un compte sur { $server }. Votre nom d’utilisateur est { $user }. Choisissez un mot de passe avec ce lien :
mail-invitation-unexpected = Si vous ne vous y attendiez pas, ne faites rien, ou demandez à la personne qui gère le serveur.

mail-address-subject = Est-ce votre adresse e-mail ?
mail-address = Le compte { $user } sur { $server } doit avoir cette adresse. Confirmez avec ce lien qu’elle est à vous :

mail-address-changed-subject = Votre compte a une autre adresse e-mail
mail-address-changed = Le compte { $user } sur { $server } n’a plus cette adresse. Elle ne reçoit plus d’e-mails à son sujet.
mail-address-changed-unexpected = Si ce n’était pas vous, prévenez tout de suite la personne qui gère le serveur.

mail-sign-up-subject = Votre compte
mail-sign-up = Quelqu’un a demandé un compte sur { $server } avec cette adresse. Avec ce lien vous choisissez un mot de passe, et le compte est à vous :
mail-sign-up-unasked = Si ce n’était pas vous, ne faites rien : il n’y aura pas de compte.

mail-sign-up-known-subject = Vous avez déjà un compte
mail-sign-up-known = Quelqu’un a demandé un compte sur { $server } avec cette adresse. Il y en a déjà un : connectez-vous avec lui.
mail-sign-up-known-forgot = Si vous ne connaissez plus le mot de passe, choisissez-en un autre ici :

mail-code-subject = Votre code pour vous connecter
mail-code = Avec ce code, vous vous connectez à { $server } en tant que { $user } :
mail-code-ends = Il fonctionne une fois, jusqu’au { $time }, et seulement dans le navigateur qui l’a demandé.
mail-code-secret = Ne le dites à personne. Si vous ne l’avez pas demandé, ne faites rien : sans lui, personne n’entre.

mail-password-set-subject = Votre mot de passe a été changé
mail-password-set = Le compte { $user } sur { $server } a un autre mot de passe.
mail-new-browser-subject = Vous vous êtes connecté depuis un nouveau navigateur
mail-new-browser = Le compte { $user } sur { $server } a été utilisé depuis un navigateur jamais vu auparavant.
mail-factor-added-subject = Vous pouvez vous connecter d’une autre façon
mail-factor-added = Le compte { $user } sur { $server } a un moyen de plus de montrer qui vous êtes.
mail-factor-removed-subject = Un moyen de se connecter a été retiré
mail-factor-removed = Le compte { $user } sur { $server } a un moyen de moins de montrer qui vous êtes.
mail-factors-reset-subject = Vos seconds facteurs ont été retirés
mail-factors-reset = Le compte { $user } sur { $server } n’a plus de second facteur : une personne de l’administration les a retirés.
mail-recovery-codes-subject = Vous avez de nouveaux codes de secours
mail-recovery-codes = Le compte { $user } sur { $server } a de nouveaux codes de secours. Les précédents ne fonctionnent plus.
mail-token-reused-subject = Une application a perdu son accès
mail-token-reused = L’accès d’une application au compte { $user } sur { $server } a été utilisé deux fois, comme si quelqu’un l’avait copié. Cet accès est terminé. Reconnectez l’application si vous l’utilisez.
mail-when = C’était le { $time }.
mail-when-where = C’était le { $time }, depuis { $address }.
mail-when-where-near = C’était le { $time }, depuis { $address } (probablement { $place }).
mail-not-you = Si c’était vous, il n’y a rien à faire. Sinon, choisissez tout de suite un autre mot de passe et prévenez la personne qui gère le serveur.
