### Making an account.

sign-up-title = Make an account
sign-up-intro = We send a link to your e-mail address. With it you choose a password, and the account is yours.
sign-up-email = E-mail address
# $domain is example.com; several are separated by commas.
sign-up-domain = One that ends with { $domain }.
sign-up-name = Your name (if you like)
sign-up-submit = Send the link
sign-up-back = Back to signing in

## Why the form is shown again.

sign-up-no-address = This is no e-mail address. Type it like alice@example.com.
sign-up-other-domain = Accounts here are for other addresses. Take one of those named below.
sign-up-wait = Too many attempts from your network. Try again in about { $span }.

## A mail is on its way to $email.

sign-up-sent = Look into your mail
sign-up-sent-to = A mail to { $email } is on its way. It says how to go on, and is good for an hour.
sign-up-sent-nothing = Nothing after a few minutes? Look among the unwanted mails.

## The password.

sign-up-password-title = Choose a password
sign-up-password-intro = With it the account is made. You sign in with your e-mail address and this password.
sign-up-username = Your e-mail address
sign-up-make = Make the account
sign-up-unexpected = If you did not ask for an account, close this page: then there is none.
sign-up-differ = The two passwords are not the same. Type the one you want twice.

## The account is there.

sign-up-done = Your account is there
sign-up-sign-in = Sign in as { $user } the next time an app asks you to. You can close this page.
