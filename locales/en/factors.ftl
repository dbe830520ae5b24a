### What somebody signs in with: passkeys, an authenticator app, recovery codes.

factors-title = How you sign in
factors-asked = Whoever has a passkey or an app is asked for it after the password, everywhere.

## The password, and other providers. $count is how many are connected.

factors-password = Password
factors-password-set = You have one.
factors-password-none = You have none.
factors-password-change = Change the password
factors-password-add = Set a password
factors-others = Other providers
factors-others-connected = { $count ->
    [0] None is connected.
    [one] One is connected.
   *[other] { $count } are connected.
}
factors-others-see = See what is connected

## Passkeys. $name is what its owner calls one.

factors-passkeys = Passkeys
factors-passkeys-none = None yet. A passkey takes the place of password and code together.
factors-passkeys-add = Add a passkey
factors-synced = On several devices
factors-added = Added { $day }, not used yet.
factors-added-used = Added { $day }, last used { $used }.
factors-change = Rename or remove
factors-name = Name
factors-rename = Rename
factors-rename-form = Rename { $name }
factors-remove = Remove
factors-remove-form = Remove { $name }

## The authenticator app.

factors-app = Authenticator app
factors-app-none = None. It shows a new code every 30 seconds, also without a network.
factors-app-add = Add an authenticator app
factors-app-remove = Remove the app

## Recovery codes. $count is how many are left.

factors-codes = Recovery codes
factors-codes-left = { $count ->
    [0] You have none left. Get new ones, so that a lost phone does not lock you out.
    [one] You have one left.
   *[other] You have { $count } left.
}
factors-codes-new = Get new recovery codes

## What was not done.

factors-not-removed = Nothing was removed. You need at least one of these here; add another one first.
factors-last-way-in = Nothing was removed: this passkey is the only way into your account. Set a password or add another passkey first.
factors-not-renamed = Nothing was renamed. Give it a name that can be read.
factors-no-codes = Recovery codes stand in for a passkey or an app. Add one first.

## Somebody cannot go on without another factor.

factors-enrol-title = Set up another way to sign in
factors-enrol = A password alone is not enough here. Choose what else you will sign in with.
factors-enrol-passkey-only = What you want to use needs a passkey: a key that your phone, computer or password manager keeps for you, and that works for this site only.
factors-enrol-passkey = A passkey
factors-enrol-app = An authenticator app
factors-enrol-help = A passkey signs you in with your fingerprint, face or PIN. An authenticator app shows a new code every 30 seconds.

## Setting an app up.

factors-totp-title = Add an authenticator app
factors-totp-scan = Scan this with the app on your phone.
factors-totp-picture = QR code for your authenticator app
factors-totp-here = Open the app on this device
factors-totp-type = Type the key instead
factors-totp-key = Key
factors-totp-account = For the account { $user }; time based, 6 digits.
factors-totp-code = The code that the app shows
factors-totp-submit = Add the app
factors-totp-wrong = That code is not right. Check that the clock of your phone is set by itself, and type the newest one.
factors-totp-has-one = You have an authenticator app already. Remove it first.
factors-cancel = Cancel

## Setting a passkey up.

factors-passkey-title = Add a passkey
factors-passkey-about = Your phone, computer or password manager keeps it for you. You use it with your fingerprint, face or PIN, and it works for this site only.
factors-passkey-name = A name for it
factors-passkey-name-rule = So that you recognise it: where it is kept, for example.
factors-passkey-submit = Create the passkey
factors-passkey-nothing = Nothing was created. Try again when you are ready.
factors-passkey-scripts = Passkeys need JavaScript, and a browser that knows them.
factors-passkey-address = Browsers keep passkeys for names, not for addresses. Open this server by its name.
factors-passkey-unusable = The answer of your browser could not be used. Try again.
factors-passkey-refused = This passkey is known here already, or you have too many of them.

## Recovery codes, shown once.

factors-kept-title = Your recovery codes
factors-kept-about = If you lose your phone or your passkey, one of these lets you in instead. Each works once. Keep them where you keep other papers, or in your password manager.
factors-kept-once = They are shown now and never again.
factors-kept-for = For { $user } at { $server }. Codes that you got earlier do not work any more.
factors-kept-continue = I have kept them
