### Responder a un dispositivo que no puede mostrar una página. $resource es lo que quiere usar.

device-title = Conectar un dispositivo

## El formulario del código.

device-enter = Introduzca el código que muestra su dispositivo. Introduzca solo el código de un dispositivo que esté usando usted: con un código que le haya enviado otra persona, le da acceso *a ella*.
device-code = Código en su dispositivo
device-rule = Ocho letras. Valen las minúsculas y los espacios.
device-shape = Ocho letras, como WDJB-MJHT
device-continue = Continuar
device-who = Ha iniciado sesión como { $user }.
device-nothing-yet = Todavía no se permite nada: antes verá qué pide el dispositivo.

## Por qué un código no lleva a ninguna parte.

device-no-code = Eso no es un código. Tiene ocho letras, como WDJB-MJHT, y ninguna cifra.
device-no-match = Ningún dispositivo espera con este código. Compárelo con el de su dispositivo; si tiene más de diez minutos, empiece allí de nuevo.
device-taken = Otra persona ya ha introducido este código. Si es el de su dispositivo, empiece allí de nuevo y no diga a nadie el nuevo.
device-over = Este código ya se respondió, o ya nadie lo espera. No se ha permitido nada nuevo.
device-wait = Demasiados códigos equivocados. Inténtelo de nuevo dentro de { $span } aproximadamente.

## La pregunta. $address es desde dónde preguntó el dispositivo, $name cómo se llama a sí mismo.

device-question = ¿Permitir que un dispositivo use { $resource }?
device-only-if = *Continúe solo si usted ha empezado esto*, en un dispositivo que está usando ahora y que muestra este código:
device-sent = Si alguien le envió el código o un enlace, o le va guiando por estos pasos, deniegue: obtendría acceso a lo que es suyo.
device-asked = Preguntó
device-asked-just = Hace menos de un minuto, desde { $address }
device-asked-ago = Hace { $span }, desde { $address }
device-same-network = la red en la que está ahora
device-other-network = una red distinta de la que está usando ahora
device-other-network-near = una red distinta de la que está usando ahora (probablemente { $place })
device-in-advance = Los administradores de este servidor han permitido esta aplicación a todo el mundo. Solo usted puede saber si el dispositivo es suyo.
device-device = Dispositivo
device-named = «{ $name }»
device-claims = como dice llamarse

## En qué quedó.

device-approved = Su dispositivo está conectado
device-approved-next = Su dispositivo tarda unos segundos en darse cuenta. Puede cerrar esta página.
device-denied = No se ha permitido nada
device-denied-next = Se ha dicho que no al dispositivo. Puede cerrar esta página.
device-denied-tell = Si alguien le envió el código, avise a quien administra este servidor.
