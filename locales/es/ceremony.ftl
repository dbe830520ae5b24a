### El último paso, de vuelta a la aplicación.

ceremony-allowed = Acceso permitido
ceremony-refused = No se ha permitido nada nuevo

## Adónde va la respuesta: a $host en la web, a un programa en el equipo de la persona, a una aplicación en su dispositivo.

ceremony-goes-back = { $to ->
    [computer] La respuesta vuelve a *un programa en este equipo*.
    [app] La respuesta vuelve a *una aplicación en este dispositivo*.
   *[web] La respuesta vuelve a { $host }.
}
ceremony-use-button = Si no se le envía allí automáticamente, use el botón.
ceremony-go-back = Volver
ceremony-continue = { $to ->
    [computer] Continuar a un programa en este equipo
    [app] Continuar a una aplicación en este dispositivo
   *[web] Continuar a { $host }
}

## Una aplicación que se abre con un enlace.

ceremony-open-allowed = Falta un paso: abra la aplicación para que reciba la respuesta. Es posible que su navegador pregunte antes de abrir enlaces que empiezan por { $scheme }.
ceremony-open-allowed-claimed = Falta un paso: abra la aplicación que dice llamarse «{ $name }» para que reciba la respuesta. Es posible que su navegador pregunte antes de abrir enlaces que empiezan por { $scheme }.
ceremony-open-refused = Puede cerrar esta página. La aplicación sigue esperando; para decírselo, ábrala. Es posible que su navegador pregunte antes de abrir enlaces que empiezan por { $scheme }.
ceremony-open-refused-claimed = Puede cerrar esta página. La aplicación que dice llamarse «{ $name }» sigue esperando; para decírselo, ábrala. Es posible que su navegador pregunte antes de abrir enlaces que empiezan por { $scheme }.
ceremony-open = Abrir la aplicación
ceremony-not-installed = Después puede cerrar esta página. Si no se abre nada, la aplicación no está instalada en este dispositivo: conéctese de nuevo desde el dispositivo que la tiene.

## Antes de que un error lleve a un desconocido.

ceremony-elsewhere-title = ¿Continuar a otra dirección?
ceremony-elsewhere-heading = { $to ->
    [computer] ¿Continuar a un programa en este equipo?
    [app] ¿Continuar a una aplicación en este dispositivo?
   *[web] ¿Continuar a { $host }?
}
ceremony-elsewhere-sent = Una aplicación le ha enviado aquí con una solicitud que no funciona. No se ha dado ningún acceso.
ceremony-elsewhere-sent-claimed = Una aplicación que dice llamarse «{ $name }» le ha enviado aquí con una solicitud que no funciona. No se ha dado ningún acceso.
ceremony-elsewhere-advice = Continúe solo si venía de allí por su propia decisión. Si no, cierre esta página; no hay que hacer nada más.
ceremony-leads-to = Lleva a

## Por cuánto tiempo.

ceremony-term-open = Hasta que lo retire
ceremony-term-month = Durante 30 días
ceremony-term-day = Durante un día
ceremony-term-hour = Durante una hora
