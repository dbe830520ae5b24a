### What all pages share: who asks, and what is told when something is wrong.

## How much is known of an app.

web-verified = Verified
web-registered = Registered
web-domain-checked = Domain checked
web-not-verified = Not verified

## What asks, or where an answer goes, where that is not on the web.

web-computer = A program on this computer
web-device = An app on this device
web-other-device = A device
web-browsers-show = browsers may show it as { $host }
web-imitates = *This address may imitate another one.* It mixes letters of different alphabets, or letters that look alike. Its real spelling is { $host }.

## For developers.

web-developer = For the app’s developer
web-error = Error
web-details = Details
web-request = Request

## Errors.

web-what-to-do = What you can do
web-sign-out = Sign out

web-unknown-client = This app is not known here
web-unknown-client-happened = The app that sent you here uses a registration this server does not accept. It may have been removed since the app saved it.
web-unknown-client-advice = Make the app forget what it saved about this server, then connect again. If you come back to this page, ask whoever runs this server.

web-bad-document = The app’s description does not work
web-bad-document-happened = The app that sent you here describes itself in a document on the web. This server could not read it, or must not use it as it is.
web-bad-document-advice = Try again in a moment. If you come back to this page, send the lines below to whoever runs this server, or to the people who make the app.

web-refused-domain = This app is not accepted here
web-refused-domain-happened = Whoever runs this server has decided not to accept apps from that website.
web-refused-domain-advice = If you need this app here, ask whoever runs this server to allow it.

web-awaits-approval = This app has to be approved first
web-awaits-approval-happened = Whoever runs this server looks at every new app before anybody may use it. They can see now that you asked for this one.
web-awaits-approval-advice = Ask whoever runs this server to approve it, then connect again from the app.

web-unknown-redirect = We cannot send you back to the app
web-unknown-redirect-happened = The app wants the answer at an address it has not registered. Nothing was sent there.
web-unknown-redirect-advice = Go back to the app and connect again. If you come back to this page, make the app forget what it saved about this server.

web-bad-request = The app’s request does not work
web-bad-request-happened = The app that sent you here asked for something this server does not understand or allow.
web-bad-request-advice = Go back to the app and try again. If you come back to this page, send the lines below to the people who make the app.

web-needs-person = The app has to ask you first
web-needs-person-happened = The app asked for access without showing you anything. That takes your sign-in and your consent first.
web-needs-person-advice = Go back to the app and connect again from there.

web-other-browser = This sign-in was started somewhere else
web-other-browser-happened = This page belongs to a sign-in in another browser or window, or your browser does not keep our cookie.
web-other-browser-advice = Start again from your app and stay in one browser, with cookies allowed for this site. If somebody sent you this link, do not use it.

web-expired = This page is no longer valid
web-expired-happened = It was open for too long, or it was answered already. Nothing new was shared.
web-expired-advice = Go back to the app and connect again.

web-foreign-form = This form did not come from our page
web-foreign-form-happened = Another website tried to send a form in your name, or your browser hides where the form came from. Nothing was done.
web-foreign-form-advice = Start again from your app. If you did not send a form, close this page.

web-bad-logout = This sign-out link does not work
web-bad-logout-happened = The app that sent you here could not show that it may sign you out. Nobody was signed out.
web-bad-logout-advice = You can sign out here instead.

web-dead-link = This link does not work any more
web-dead-link-happened = Such a link is good once and for a short time. It was used, replaced by a newer one, is too old, or was not copied whole.
web-dead-link-advice = If you have set your password with it already, sign in with that. Otherwise ask whoever runs this server for a new link.

web-too-many = Too many attempts
web-too-many-happened = There were too many attempts from your network.
web-too-many-advice = Try again in about { $span }.

web-too-large = Your browser sent too much
web-too-large-happened = Usually that is because old cookies of this site have piled up.
web-too-large-advice = Clear the cookies of this site in your browser’s settings, then try again.

web-not-found = There is nothing here
web-not-found-happened = The address may be mistyped, or the page is gone.
web-not-found-advice = If an app sent you here, connect again from the app.

web-wrong-method = This page cannot be used this way
web-wrong-method-happened = It answers to another kind of request.

web-unavailable = Not available right now
web-unavailable-happened = Something this server depends on does not answer. Nothing is lost.
web-unavailable-advice = Wait a moment and reload this page.

web-internal = Something went wrong on our side
web-internal-happened = Your request could not be finished. The mistake has been noted.
web-internal-advice = Try again. If it keeps happening, give the request number to whoever runs this server.

## How well-known apps forget their registration.

web-forget-claude-code = Type `/mcp`, choose the server, then *Clear authentication* and *Authenticate*. If that is not offered, remove the server and add it under another name.
web-forget-vs-code = Run *Authentication: Remove Dynamic Authentication Providers* from the command palette, then start the server again.
web-forget-cursor = In the settings under MCP, log out of the server, then connect again.
web-forget-inspector = In its authentication settings choose *Clear OAuth State*, or open it in a new tab.
web-forget-mcp-remote = Delete the folder `~/.mcp-auth` and start it again.
web-other-apps = Other apps
web-forget-others = Remove this server in the app and add it again.

## The foot of every page.

web-help = Help
web-privacy = Privacy
web-terms = Terms
web-imprint = Legal notice

## Where an app’s makers tell about it: pages that are not ours.

web-app-pages = Its own pages
web-website = Website
