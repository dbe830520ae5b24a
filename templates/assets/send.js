// Sends the one form of the page. Without JavaScript its button does the same.
document.forms[0].submit();
