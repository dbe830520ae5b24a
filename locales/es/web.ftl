### Lo que comparten todas las páginas: quién pregunta y qué se dice cuando algo va mal.

## Cuánto se sabe de una aplicación.

web-verified = Verificada
web-registered = Registrada
web-domain-checked = Dominio comprobado
web-not-verified = Sin verificar

## Qué pregunta o adónde va una respuesta, cuando no es en la web.

web-computer = Un programa en este equipo
web-device = Una aplicación en este dispositivo
web-other-device = Un dispositivo
web-browsers-show = los navegadores pueden mostrarlo como { $host }
web-imitates = *Esta dirección puede imitar a otra.* Mezcla letras de distintos alfabetos, o letras que se parecen. En realidad se escribe { $host }.

## Para desarrolladores.

web-developer = Para quien desarrolla la aplicación
web-error = Error
web-details = Detalles
web-request = Solicitud

## Errores.

web-what-to-do = Qué puede hacer
web-sign-out = Cerrar sesión

web-unknown-client = Esta aplicación no se conoce aquí
web-unknown-client-happened = La aplicación que le ha enviado aquí usa un registro que este servidor no acepta. Puede que se haya eliminado desde que la aplicación lo guardó.
web-unknown-client-advice = Haga que la aplicación olvide lo que guardó sobre este servidor y conéctese de nuevo. Si vuelve a esta página, pregunte a quien administra este servidor.

web-bad-document = La descripción de la aplicación no funciona
web-bad-document-happened = La aplicación que le ha enviado aquí se describe en un documento en la web. Este servidor no ha podido leerlo, o no debe usarlo tal como está.
web-bad-document-advice = Inténtelo de nuevo en un momento. Si vuelve a esta página, envíe las líneas de abajo a quien administra este servidor o a quienes hacen la aplicación.

web-refused-domain = Esta aplicación no se acepta aquí
web-refused-domain-happened = Quien administra este servidor ha decidido no aceptar aplicaciones de ese sitio web.
web-refused-domain-advice = Si necesita esta aplicación aquí, pida a quien administra este servidor que la permita.

web-awaits-approval = Esta aplicación necesita antes una aprobación
web-awaits-approval-happened = Quien administra este servidor examina cada aplicación nueva antes de que nadie pueda usarla. Ahora puede ver que usted ha pedido esta.
web-awaits-approval-advice = Pida a quien administra este servidor que la apruebe y conéctese de nuevo desde la aplicación.

web-unknown-redirect = No podemos enviarle de vuelta a la aplicación
web-unknown-redirect-happened = La aplicación quiere la respuesta en una dirección que no ha registrado. No se ha enviado nada allí.
web-unknown-redirect-advice = Vuelva a la aplicación y conéctese de nuevo. Si vuelve a esta página, haga que la aplicación olvide lo que guardó sobre este servidor.

web-bad-request = La solicitud de la aplicación no funciona
web-bad-request-happened = La aplicación que le ha enviado aquí pidió algo que este servidor no entiende o no permite.
web-bad-request-advice = Vuelva a la aplicación e inténtelo de nuevo. Si vuelve a esta página, envíe las líneas de abajo a quienes hacen la aplicación.

web-needs-person = La aplicación tiene que preguntarle antes
web-needs-person-happened = La aplicación pidió acceso sin mostrarle nada. Para eso hacen falta antes su inicio de sesión y su consentimiento.
web-needs-person-advice = Vuelva a la aplicación y conéctese de nuevo desde allí.

web-other-browser = Este inicio de sesión empezó en otro sitio
web-other-browser-happened = Esta página pertenece a un inicio de sesión en otro navegador u otra ventana, o su navegador no guarda nuestra cookie.
web-other-browser-advice = Empiece de nuevo desde su aplicación y permanezca en un solo navegador que permita las cookies de este sitio. Si alguien le ha enviado este enlace, no lo use.

web-expired = Esta página ya no es válida
web-expired-happened = Estuvo abierta demasiado tiempo, o ya se respondió. No se ha compartido nada nuevo.
web-expired-advice = Vuelva a la aplicación y conéctese de nuevo.

web-foreign-form = Este formulario no venía de nuestra página
web-foreign-form-happened = Otro sitio web intentó enviar un formulario en su nombre, o su navegador oculta de dónde venía. No se ha hecho nada.
web-foreign-form-advice = Empiece de nuevo desde su aplicación. Si no ha enviado ningún formulario, cierre esta página.

web-bad-logout = Este enlace para cerrar sesión no funciona
web-bad-logout-happened = La aplicación que le ha enviado aquí no ha podido demostrar que puede cerrar su sesión. No se ha cerrado ninguna sesión.
web-bad-logout-advice = Puede cerrar la sesión aquí.

web-dead-link = Este enlace ya no funciona
web-dead-link-happened = Un enlace así vale una vez y por poco tiempo. Se ha usado, lo ha sustituido otro más nuevo, es demasiado antiguo o no se copió entero.
web-dead-link-advice = Si ya ha guardado su contraseña con él, inicie sesión con ella. Si no, pida un enlace nuevo a quien administra este servidor.

web-too-many = Demasiados intentos
web-too-many-happened = Hubo demasiados intentos desde su red.
web-too-many-advice = Inténtelo de nuevo dentro de { $span } aproximadamente.

web-too-large = Su navegador ha enviado demasiado
web-too-large-happened = Suele ser porque se han acumulado cookies antiguas de este sitio.
web-too-large-advice = Borre las cookies de este sitio en los ajustes de su navegador e inténtelo de nuevo.

web-not-found = Aquí no hay nada
web-not-found-happened = Puede que la dirección esté mal escrita o que la página ya no exista.
web-not-found-advice = Si le ha enviado aquí una aplicación, conéctese de nuevo desde ella.

web-wrong-method = Esta página no se puede usar así
web-wrong-method-happened = Responde a otro tipo de solicitud.

web-unavailable = No disponible en este momento
web-unavailable-happened = Algo de lo que depende este servidor no responde. No se ha perdido nada.
web-unavailable-advice = Espere un momento y vuelva a cargar esta página.

web-internal = Algo ha fallado por nuestra parte
web-internal-happened = No se ha podido terminar su solicitud. El error ha quedado anotado.
web-internal-advice = Inténtelo de nuevo. Si sigue ocurriendo, dé el número de solicitud a quien administra este servidor.

## Cómo olvidan su registro las aplicaciones conocidas.

web-forget-claude-code = Escriba `/mcp`, elija el servidor y después *Clear authentication* y *Authenticate*. Si no se ofrece, quite el servidor y añádalo con otro nombre.
web-forget-vs-code = Ejecute *Authentication: Remove Dynamic Authentication Providers* desde la paleta de comandos y vuelva a iniciar el servidor.
web-forget-cursor = En los ajustes, en MCP, cierre la sesión del servidor y conéctese de nuevo.
web-forget-inspector = En sus ajustes de autenticación elija *Clear OAuth State*, o ábralo en otra pestaña.
web-forget-mcp-remote = Borre la carpeta `~/.mcp-auth` y vuelva a iniciarlo.
web-other-apps = Otras aplicaciones
web-forget-others = Quite este servidor en la aplicación y añádalo de nuevo.

## El pie de cada página.

web-help = Ayuda
web-privacy = Privacidad
web-terms = Condiciones
web-imprint = Aviso legal

## Donde quienes hacen una aplicación hablan de ella: páginas que no son nuestras.

web-app-pages = Sus páginas
web-website = Sitio web
