### La pregunta a la persona. $app es el nombre o la dirección de la aplicación, $name cómo se llama a sí misma, $resource lo que quiere usar.

consent-title = ¿Permitir el acceso a { $resource }?
consent-heading = { $app } quiere usar { $resource }

## Por qué la página se muestra otra vez o de otra manera.

consent-too-quick = Esa respuesta llegó antes de que nadie pudiera leer esta página. Léala, por favor, y decida de nuevo.
consent-nothing-picked = Marque lo que quiere permitir, o deniegue.
consent-outdated = Algo ha cambiado mientras esta página estaba abierta. Léala de nuevo, por favor.
consent-client-changed = La aplicación ha cambiado sus datos desde la última vez que usted la permitió. Mírela como si fuera nueva.
consent-resource-changed = Los permisos del servidor han cambiado desde la última vez que usted permitió esto.

## Quién es.

consent-registration = La aplicación usa el registro que aprobó un administrador de este servidor.
consent-registration-claimed = La aplicación usa el registro de «{ $name }», que aprobó un administrador de este servidor.
consent-claimed = La aplicación dice llamarse «{ $name }».
consent-trusted-domain = Descrita por { $host }, en quien confían los administradores de este servidor.
consent-vouched = Un administrador de este servidor responde por esta aplicación.
consent-nameless = La aplicación no ha dado ningún nombre.

## Advertencias.

consent-imitates-here = *¿Acaba de iniciar usted «{ $known }»?* Si no, deniegue. Cualquier programa de este equipo puede usar un nombre así.
consent-imitates = *Este nombre se parece a «{ $known }».* Nada demuestra que sea la auténtica. En caso de duda, deniegue.
consent-started-program = *¿Acaba de iniciar esto usted?* Si no, deniegue. Cualquier programa de este equipo puede preguntar así.
consent-started-program-named = *¿Acaba de iniciar esto usted?* Si no, deniegue. Cualquier programa de este equipo puede preguntar así y usar este nombre.
consent-started-app = *¿Acaba de iniciar esto usted?* Si no, deniegue. Cualquier aplicación de este dispositivo puede atender enlaces que empiezan por { $scheme }.
consent-elsewhere = El acceso se envía a una dirección distinta de la que pregunta: { $host }
consent-started-web = *¿Acaba de iniciar esto usted?* Si no conoce esta dirección, deniegue. Nadie aquí ha comprobado de quién es.

## Hechos.

consent-described-by = Descrita por
consent-not-checked = no comprobado de otro modo
consent-chose-name = eligió el nombre; no comprobado de otro modo
consent-goes-to = El acceso va a
consent-to-use = Para usar
consent-as = Como
consent-not-you = ¿No es usted?
consent-how-long = Durante
consent-lasts-renewed = Como máximo { $total }; termina antes si no se usa durante { $idle }
consent-lasts-once = Aproximadamente { $span }, sin renovación

## Permisos.

consent-able = Podrá
consent-able-new = Nuevo: además podrá
consent-able-as-before = Como ya permitió antes, podrá
consent-able-nothing = Lo que podrá hacer
consent-count = { $count ->
    [one] ({ $count } permiso)
   *[other] ({ $count } permisos)
}
consent-none = No pide ningún permiso concreto. Lo que puede hacer lo decide { $resource }.
consent-allow-all = { $count ->
    [one] Permitir el { $count } marcado como arriesgado
   *[other] Permitir los { $count } marcados como arriesgados
}
consent-before = Permitido antes ({ $count })
consent-risky = Arriesgado
consent-scope-openid = Saber quién es usted aquí
consent-scope-profile = Ver su nombre
consent-scope-email = Ver su correo electrónico
consent-scope-offline = Seguir trabajando mientras usted no está

## La decisión.

consent-deny = Denegar
consent-allow = Permitir
