### Answering a device that cannot show a page. $resource is what it wants to use.

device-title = Connect a device

## The form for the code.

device-enter = Enter the code that your device shows. Only ever enter a code from a device you are using yourself: a code that somebody sent you gives *them* access.
device-code = Code on your device
device-rule = Eight letters. Small letters and spaces are fine.
device-shape = Eight letters, like WDJB-MJHT
device-continue = Continue
device-who = You are signed in as { $user }.
device-nothing-yet = Nothing is allowed yet: you will see what the device asks for first.

## Why a code leads nowhere.

device-no-code = That is not a code. It has eight letters, like WDJB-MJHT, and no digits.
device-no-match = No device is waiting with this code. Compare it with the one on your device; if it is older than ten minutes, start again there.
device-taken = Somebody else has entered this code already. If it is the code on your device, start again there and tell nobody the new one.
device-over = This code was answered already, or nobody waits for it any more. Nothing new was allowed.
device-wait = Too many wrong codes. Try again in about { $span }.

## The question. $address is where the device asked from, $name what it calls itself.

device-question = Allow a device to use { $resource }?
device-only-if = *Only continue if you started this yourself*, on a device you are using now, and it shows this code:
device-sent = If somebody sent you the code or a link, or talks you through this, deny: they would get access to what is yours.
device-asked = Asked
device-asked-just = Less than a minute ago, from { $address }
device-asked-ago = { $span } ago, from { $address }
device-same-network = the network you are in now
device-other-network = another network than the one you are in now
device-other-network-near = another network than the one you are in now (probably { $place })
device-in-advance = The administrators of this server allowed this app to everybody. Nobody but you can tell whether the device is yours.
device-device = Device
device-named = “{ $name }”
device-claims = as it calls itself

## What became of it.

device-approved = Your device is connected
device-approved-next = It takes a few seconds until your device notices. You can close this page.
device-denied = Nothing was allowed
device-denied-next = The device was told no. You can close this page.
device-denied-tell = If somebody sent you the code, tell whoever runs this server.
