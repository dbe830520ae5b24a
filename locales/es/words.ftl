### El tiempo, con sus propias palabras y en medio de una frase.

words-days = { $count ->
    [one] { $count } día
   *[other] { $count } días
}
words-hours = { $count ->
    [one] { $count } hora
   *[other] { $count } horas
}
words-minutes = { $count ->
    [one] { $count } minuto
   *[other] { $count } minutos
}

words-day = { $day } de { $month ->
    [1] enero
    [2] febrero
    [3] marzo
    [4] abril
    [5] mayo
    [6] junio
    [7] julio
    [8] agosto
    [9] septiembre
    [10] octubre
    [11] noviembre
   *[12] diciembre
} de { $year }
words-time = { $day }, { $clock } UTC

words-place = { $city }, { $country }
