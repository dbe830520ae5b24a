### The last hop, back to the app; and for how long something is allowed.

ceremony-allowed = Access allowed
ceremony-refused = Nothing new was allowed

## Where the answer goes: to $host on the web, to a program on the person's computer, to an app on their device.

ceremony-goes-back = { $to ->
    [computer] The answer goes back to *a program on this computer*.
    [app] The answer goes back to *an app on this device*.
   *[web] The answer goes back to { $host }.
}
ceremony-use-button = Use the button if you are not sent there by yourself.
ceremony-go-back = Go back
ceremony-continue = { $to ->
    [computer] Continue to a program on this computer
    [app] Continue to an app on this device
   *[web] Continue to { $host }
}

## An app that is opened by a link.

ceremony-open-allowed = One step is left: open the app so that it gets the answer. Your browser may ask before it opens { $scheme } links.
ceremony-open-allowed-claimed = One step is left: open the app that calls itself “{ $name }” so that it gets the answer. Your browser may ask before it opens { $scheme } links.
ceremony-open-refused = You can close this page. The app is still waiting; to tell it, open it. Your browser may ask before it opens { $scheme } links.
ceremony-open-refused-claimed = You can close this page. The app that calls itself “{ $name }” is still waiting; to tell it, open it. Your browser may ask before it opens { $scheme } links.
ceremony-open = Open app
ceremony-not-installed = Then you can close this page. If nothing opens, the app is not installed on this device: connect again from the device that has it.

## Before an error leads to a stranger.

ceremony-elsewhere-title = Continue to another address?
ceremony-elsewhere-heading = { $to ->
    [computer] Continue to a program on this computer?
    [app] Continue to an app on this device?
   *[web] Continue to { $host }?
}
ceremony-elsewhere-sent = An app sent you here with a request that does not work. No access was given.
ceremony-elsewhere-sent-claimed = An app that calls itself “{ $name }” sent you here with a request that does not work. No access was given.
ceremony-elsewhere-advice = Continue only if you came from there yourself. Otherwise close this page; that is all you need to do.
ceremony-leads-to = Leads to

## For how long.

ceremony-term-open = Until I take it back
ceremony-term-month = For 30 days
ceremony-term-day = For a day
ceremony-term-hour = For an hour
