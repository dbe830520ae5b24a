### What somebody signs in with: passkeys, an authenticator app, recovery codes.

factors-title = サインイン方法
factors-asked = パスキーまたはアプリがあると、どこでもパスワードの後に求められます。

## The password, and other providers. $count is how many are connected.

factors-password = パスワード
factors-password-set = 設定済みです。
factors-password-none = ありません。
factors-password-change = パスワードを変更
factors-password-add = パスワードを設定
factors-others = ほかのプロバイダー
factors-others-connected = { $count ->
    [0] 接続されているものはありません。
   *[other] { $count }件が接続されています。
}
factors-others-see = 接続されているものを見る

## Passkeys. $name is what its owner calls one.

factors-passkeys = パスキー
factors-passkeys-none = まだありません。パスキーはパスワードとコードの両方の代わりになります。
factors-passkeys-add = パスキーを追加
factors-synced = 複数のデバイスで利用可
factors-added = { $day }に追加、まだ使われていません。
factors-added-used = { $day }に追加、最後に使ったのは{ $used }。
factors-change = 名前の変更または削除
factors-name = 名前
factors-rename = 名前を変更
factors-rename-form = { $name } の名前を変更
factors-remove = 削除
factors-remove-form = { $name } を削除

## The authenticator app.

factors-app = 認証アプリ
factors-app-none = ありません。30 秒ごとに新しいコードを表示します。ネットワークがなくても使えます。
factors-app-add = 認証アプリを追加
factors-app-remove = アプリを削除

## Recovery codes. $count is how many are left.

factors-codes = 回復コード
factors-codes-left = { $count ->
    [0] 残りはありません。電話を失くしてもサインインできるように、新しいコードを取得してください。
   *[other] 残りは { $count } 個です。
}
factors-codes-new = 新しい回復コードを取得

## What was not done.

factors-not-removed = 何も削除されませんでした。ここでは少なくとも一つ必要です。先に別のものを追加してください。
factors-last-way-in = 何も削除されませんでした。このパスキーがアカウントに入る唯一の方法です。先にパスワードを設定するか、別のパスキーを追加してください。
factors-not-renamed = 名前は変更されませんでした。読める名前を入力してください。
factors-no-codes = 回復コードはパスキーまたはアプリの代わりになるものです。先にどちらかを追加してください。

## Somebody cannot go on without another factor.

factors-enrol-title = もう一つのサインイン方法を設定してください
factors-enrol = ここではパスワードだけでは足りません。ほかに何でサインインするかを選んでください。
factors-enrol-passkey-only = ご利用になりたいものにはパスキーが必要です。パスキーは、電話、コンピューター、またはパスワードマネージャーが保管する鍵で、このサイトでしか使えません。
factors-enrol-passkey = パスキー
factors-enrol-app = 認証アプリ
factors-enrol-help = パスキーでは、指紋、顔、または PIN でサインインします。認証アプリは 30 秒ごとに新しいコードを表示します。

## Setting an app up.

factors-totp-title = 認証アプリを追加
factors-totp-scan = 電話のアプリでこれを読み取ってください。
factors-totp-picture = 認証アプリ用の QR コード
factors-totp-here = このデバイスのアプリを開く
factors-totp-type = 代わりに鍵を入力する
factors-totp-key = 鍵
factors-totp-account = アカウント { $user } 用、時刻ベース、6 桁。
factors-totp-code = アプリに表示されたコード
factors-totp-submit = アプリを追加
factors-totp-wrong = コードが正しくありません。電話の時計が自動設定になっているか確認し、最新のコードを入力してください。
factors-totp-has-one = 認証アプリはすでにあります。先にそれを削除してください。
factors-cancel = キャンセル

## Setting a passkey up.

factors-passkey-title = パスキーを追加
factors-passkey-about = 電話、コンピューター、またはパスワードマネージャーが保管します。指紋、顔、または PIN で使い、このサイトでしか使えません。
factors-passkey-name = 名前
factors-passkey-name-rule = どこに保管されているかなど、見分けられる名前にしてください。
factors-passkey-submit = パスキーを作成
factors-passkey-nothing = 何も作成されませんでした。準備ができたらもう一度お試しください。
factors-passkey-scripts = パスキーには JavaScript と、対応するブラウザーが必要です。
factors-passkey-address = ブラウザーはアドレスではなく名前に対してパスキーを保管します。このサーバーを名前で開いてください。
factors-passkey-unusable = ブラウザーの応答を利用できませんでした。もう一度お試しください。
factors-passkey-refused = このパスキーはすでに登録されているか、数が多すぎます。

## Recovery codes, shown once.

factors-kept-title = 回復コード
factors-kept-about = 電話やパスキーを失くしたとき、代わりにこのうちの一つで入れます。それぞれ一度だけ使えます。大切な書類と一緒に、またはパスワードマネージャーに保管してください。
factors-kept-once = 表示されるのは今回だけです。
factors-kept-for = { $server } の { $user } 用。以前に受け取ったコードはもう使えません。
factors-kept-continue = 保管しました
