### Showing more than a password, or a passkey instead of one.

proofs-title = あと一つ確認します
proofs-who = { $user } としてサインインしています。ご本人であることを示してください。
proofs-or = または
proofs-lost = すべて失くした場合は、このサーバーの管理者にお問い合わせください。
proofs-else = 別の人としてサインイン

## A passkey.

proofs-passkey = パスキーを使う
proofs-passkey-form = パスキー
proofs-passkey-failed = うまくいきませんでした。もう一度お試しになるか、別の方法を選んでください。
proofs-passkey-scripts = パスキーには JavaScript と、対応するブラウザーが必要です。

## A code of an app.

proofs-code = 認証アプリのコード
proofs-code-submit = 続ける

## A recovery code.

proofs-recovery = 回復コードを使う
proofs-recovery-code = 保管しているコードの一つ
proofs-recovery-submit = 続ける

## What went wrong.

proofs-wrong = 正しくないか、すでに使われています。最新のコードでもう一度お試しください。
proofs-wait = 試行が多すぎます。約{ $span }後にもう一度お試しください。

## A passkey on the sign-in page that signed nobody in.

proofs-refused-title = このパスキーは使えませんでした
proofs-refused = ここではもう登録されていないか、このページはすでに使われています。もう一度お試しになるか、別の方法でサインインしてください。
proofs-refused-wait = お使いのネットワークからの試行が多すぎます。約{ $span }後にもう一度お試しください。
proofs-refused-back = サインインに戻る

## Somebody signed in with a recovery code. $count is how many they have left.

proofs-recovered-title = 回復コードを使いました
proofs-recovered = { $count ->
    [0] サインインしました。これが最後のコードでした。同じコードはもう使えません。
   *[other] サインインしました。同じコードはもう使えません。残りは { $count } 個です。
}
proofs-recovered-advice = 電話やパスキーを失くした場合は、今すぐ削除して新しく設定してください。
proofs-recovered-continue = 続ける
proofs-recovered-security = サインイン方法を変更
