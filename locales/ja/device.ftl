### ページを表示できない機器への回答。$resource は機器が利用したいもの。

device-title = 機器の接続

## コードのフォーム。

device-enter = 機器に表示されているコードを入力してください。入力してよいのは、ご自分が使っている機器のコードだけです。誰かから送られたコードを入力すると、*その人*にアクセスを与えることになります。
device-code = 機器に表示されているコード
device-rule = 8文字の英字です。小文字や空白があってもかまいません。
device-shape = WDJB-MJHT のような8文字の英字
device-continue = 続ける
device-who = { $user } としてサインインしています。
device-nothing-yet = まだ何も許可されていません。先に、機器が求めている内容が表示されます。

## コードが通じない理由。

device-no-code = これはコードではありません。コードは WDJB-MJHT のような8文字の英字で、数字はありません。
device-no-match = このコードで待っている機器はありません。機器に表示されているコードと比べてください。10分以上たっている場合は、機器でやり直してください。
device-taken = このコードは、すでに別の人が入力しました。ご自分の機器のコードであれば、機器でやり直し、新しいコードは誰にも教えないでください。
device-over = このコードはすでに回答されたか、もう待っている機器がありません。新しい許可はありません。
device-wait = 間違ったコードが多すぎます。約{ $span }後にもう一度お試しください。

## 質問。$address は機器が求めてきた場所、$name は機器が名乗る名前。

device-question = 機器に { $resource } の利用を許可しますか?
device-only-if = *ご自分で始めた場合だけ進んでください。* 今お使いの機器に、このコードが表示されていますか。
device-sent = コードやリンクを誰かから送られた場合や、誰かの案内に従っている場合は、拒否してください。その人が、あなたのものにアクセスできるようになります。
device-asked = 求められた時
device-asked-just = 1分以内、{ $address } から
device-asked-ago = { $span }前、{ $address } から
device-same-network = 今お使いのネットワーク
device-other-network = 今お使いのものとは別のネットワーク
device-other-network-near = 今お使いのものとは別のネットワーク（推定: { $place }）
device-in-advance = このサーバーの管理者は、このアプリをすべての人に許可しています。デバイスがあなたのものかどうかは、あなたにしか分かりません。
device-device = 機器
device-named = 「{ $name }」
device-claims = 機器が名乗る名前

## その後。

device-approved = 機器を接続しました
device-approved-next = 数秒で機器に伝わります。このページは閉じてかまいません。
device-denied = 何も許可していません
device-denied-next = 機器に拒否を伝えました。このページは閉じてかまいません。
device-denied-tell = コードを誰かから送られた場合は、このサーバーの管理者に知らせてください。
