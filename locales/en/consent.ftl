### Asking the person. $app is the app's name or address, $name what it calls itself, $resource what it wants to use.

consent-title = Allow access to { $resource }?
consent-heading = { $app } wants to use { $resource }

## Why the page is shown again, or differently.

consent-too-quick = That answer came before anybody could read this page. Please read it and decide again.
consent-nothing-picked = Tick what you want to allow, or deny.
consent-outdated = Something changed while this page was open. Please read it again.
consent-client-changed = The app changed its details since you last allowed it. Look at it as if it were new.
consent-resource-changed = The server’s permissions changed since you last allowed this.

## Who it is.

consent-registration = It uses the registration which an administrator of this server approved.
consent-registration-claimed = It uses the registration of “{ $name }”, which an administrator of this server approved.
consent-claimed = It calls itself “{ $name }”.
consent-trusted-domain = Described by { $host }, which the administrators of this server trust.
consent-vouched = An administrator of this server vouches for it.
consent-nameless = It gave no name.

## Warnings.

consent-imitates-here = *Did you just start “{ $known }” yourself?* If not, deny. Any program on this computer can use a name like that.
consent-imitates = *This name looks like “{ $known }”.* Nothing shows that it is the real one. If in doubt, deny.
consent-started-program = *Did you just start this yourself?* If not, deny. Any program on this computer can ask like this.
consent-started-program-named = *Did you just start this yourself?* If not, deny. Any program on this computer can ask like this and use this name.
consent-started-app = *Did you just start this yourself?* If not, deny. Any app on this device can claim { $scheme } links.
consent-elsewhere = Access is sent to another address than the one that asks: { $host }
consent-started-web = *Did you just start this yourself?* If you do not know this address, deny. Nobody here has checked who runs it.

## Facts.

consent-described-by = Described by
consent-not-checked = not checked otherwise
consent-chose-name = chose the name; not checked otherwise
consent-goes-to = Access goes to
consent-to-use = To use
consent-as = As
consent-not-you = Not you?
consent-how-long = For how long
consent-lasts-renewed = At most { $total }; it ends sooner when unused for { $idle }
consent-lasts-once = About { $span }, without renewal

## Permissions.

consent-able = It will be able to
consent-able-new = New: it will also be able to
consent-able-as-before = As you allowed before, it will be able to
consent-able-nothing = What it will be able to do
consent-count = { $count ->
    [one] ({ $count } permission)
   *[other] ({ $count } permissions)
}
consent-none = It asks for no particular permission. What it may do is up to { $resource }.
consent-allow-all = { $count ->
    [one] Allow the { $count } that is marked as risky
   *[other] Allow all { $count } that are marked as risky
}
consent-before = Allowed before ({ $count })
consent-risky = Risky
consent-scope-openid = Know who you are here
consent-scope-profile = See your name
consent-scope-email = See your e-mail address
consent-scope-offline = Keep working while you are away

## The decision.

consent-deny = Deny
consent-allow = Allow
