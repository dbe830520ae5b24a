### The e-mail address of an account.

address-title = Your e-mail address
address-now = It is { $email } now.
address-now-unconfirmed = It is { $email } now, and you have not confirmed yet that it is yours.
address-none = Your account has none yet.
address-intro = We send a link to the address you type. It takes effect when you open that link.
address-email = E-mail address
address-submit = Send the link

## Why the form is shown again.

address-no-address = This is no e-mail address. Type it like alice@example.com.
address-wait = You asked for many links. Try again in about { $span }.

## A link is on its way to $email.

address-sent = Look into your mail
address-sent-if = If { $email } can be the address of your account, a link is on its way there. It works once, for an hour. Until you open it nothing changes.

## The link was opened.

address-confirm = Confirm your e-mail address
address-confirm-what = The account { $user } is to have the address { $email }.
address-confirm-was = It takes the place of { $email }, which is told.
address-confirm-submit = Confirm
address-confirm-unexpected = If you did not ask for this, close the page.

## It is confirmed.

address-confirmed = Your e-mail address is confirmed
address-confirmed-what = The account { $user } has the address { $email }. You can sign in with it, too. You can close this page.
