mail-subject = { $server }: { $subject }

mail-works-once = Sirve una vez, hasta el { $time }.
mail-unasked = Si no lo ha pedido, no haga nada: entonces no cambia nada.

mail-reset-subject = Un enlace para elegir una contraseña nueva
mail-reset = Con este enlace elige una contraseña nueva para la cuenta { $user } en { $server }:
mail-reset-ends = Sirve una vez, hasta el { $time }. Entonces se cerrarán todas sus sesiones.

mail-invitation-subject = Tiene una cuenta
mail-invitation = Ya tiene una cuenta en { $server }. Su nombre de usuario es { $user }. Elija una contraseña con este enlace:
mail-invitation-unexpected = Si no lo esperaba, no haga nada, o pregunte a quien administra el servidor.

mail-address-subject = ¿Es esta su dirección de correo?
mail-address = La cuenta { $user } en { $server } va a tener esta dirección. Confirme con este enlace que es suya:

mail-address-changed-subject = Su cuenta tiene otra dirección de correo
mail-address-changed = La cuenta { $user } en { $server } ya no tiene esta dirección. No recibirá más correos sobre ella.
mail-address-changed-unexpected = Si no ha sido usted, avise enseguida a quien administra el servidor.

mail-sign-up-subject = Su cuenta
mail-sign-up = Alguien ha pedido una cuenta en { $server } con esta dirección. Con este enlace elige una contraseña y la cuenta es suya:
mail-sign-up-unasked = Si no ha sido usted, no haga nada: entonces no habrá cuenta.

mail-sign-up-known-subject = Ya tiene una cuenta
mail-sign-up-known = Alguien ha pedido una cuenta en { $server } con esta dirección. Ya hay una: inicie sesión con ella.
mail-sign-up-known-forgot = Si ya no sabe la contraseña, elija otra aquí:

mail-code-subject = Su código para iniciar sesión
mail-code = Con este código inicia sesión en { $server } como { $user }:
mail-code-ends = Sirve una vez, hasta el { $time }, y solo en el navegador que lo pidió.
mail-code-secret = No se lo diga a nadie. Si no lo ha pedido, no haga nada: sin él no entra nadie.

mail-password-set-subject = Se ha cambiado su contraseña
mail-password-set = La cuenta { $user } en { $server } tiene otra contraseña.
mail-new-browser-subject = Ha iniciado sesión desde un navegador nuevo
mail-new-browser = La cuenta { $user } en { $server } se ha usado desde un navegador que no se había visto antes.
mail-factor-added-subject = Puede iniciar sesión de otra manera
mail-factor-added = La cuenta { $user } en { $server } tiene una forma más de demostrar quién es usted.
mail-factor-removed-subject = Se ha quitado una forma de iniciar sesión
mail-factor-removed = La cuenta { $user } en { $server } tiene una forma menos de demostrar quién es usted.
mail-factors-reset-subject = Se han quitado sus segundos factores
mail-factors-reset = La cuenta { $user } en { $server } ya no tiene segundos factores: alguien de la administración los ha quitado.
mail-recovery-codes-subject = Tiene códigos de recuperación nuevos
mail-recovery-codes = La cuenta { $user } en { $server } tiene códigos de recuperación nuevos. Los de antes ya no sirven.
mail-token-reused-subject = Una aplicación ha perdido su acceso
mail-token-reused = El acceso de una aplicación a la cuenta { $user } en { $server } se usó dos veces, como si alguien lo hubiera copiado. Ese acceso ha terminado. Vuelva a conectar la aplicación si la usa.
mail-when = Fue el { $time }.
mail-when-where = Fue el { $time }, desde { $address }.
mail-when-where-near = Fue el { $time }, desde { $address } (probablemente { $place }).
mail-not-you = Si ha sido usted, no hay nada que hacer. Si no, elija otra contraseña enseguida y avise a quien administra el servidor.
