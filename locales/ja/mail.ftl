mail-subject = { $server }: { $subject }

mail-works-once = { $time } まで、1回だけ使えます。
mail-unasked = お心当たりがない場合は、何もなさらないでください。何も変わりません。

mail-reset-subject = 新しいパスワードを決めるためのリンク
mail-reset = 次のリンクで、{ $server } のアカウント { $user } の新しいパスワードを決められます。
mail-reset-ends = { $time } まで、1回だけ使えます。設定すると、すべての場所からサインアウトされます。

mail-invitation-subject = アカウントができました
mail-invitation = { $server } にアカウントができました。ユーザー名は { $user } です。次のリンクでパスワードを決めてください。
mail-invitation-unexpected = お心当たりがない場合は、何もなさらないか、サーバーの管理者にお問い合わせください。

mail-address-subject = このメールアドレスはあなたのものですか
mail-address = { $server } のアカウント { $user } のアドレスをこのアドレスにします。次のリンクで、ご本人のものであることを確認してください。

mail-address-changed-subject = アカウントのメールアドレスが変わりました
mail-address-changed = { $server } のアカウント { $user } のアドレスは、このアドレスではなくなりました。今後この件のメールは届きません。
mail-address-changed-unexpected = お心当たりがない場合は、すぐにサーバーの管理者に知らせてください。

mail-sign-up-subject = アカウントについて
mail-sign-up = このアドレスで { $server } のアカウントが求められました。次のリンクでパスワードを決めると、アカウントができます。
mail-sign-up-unasked = お心当たりがない場合は、何もなさらないでください。アカウントは作られません。

mail-sign-up-known-subject = すでにアカウントがあります
mail-sign-up-known = このアドレスで { $server } のアカウントが求められました。すでにアカウントがありますので、そちらでサインインしてください。
mail-sign-up-known-forgot = パスワードをお忘れの場合は、こちらで新しいものを決められます。

mail-code-subject = サインイン用のコード
mail-code = 次のコードで、{ $server } に { $user } としてサインインできます。
mail-code-ends = { $time } まで、求めたブラウザーでだけ、1回使えます。
mail-code-secret = 誰にも教えないでください。お心当たりがない場合は、何もなさらないでください。コードがなければ誰も入れません。

mail-password-set-subject = パスワードが変更されました
mail-password-set = { $server } のアカウント { $user } のパスワードが変わりました。
mail-new-browser-subject = 新しいブラウザーからのサインイン
mail-new-browser = { $server } のアカウント { $user } が、これまで使われたことのないブラウザーから使われました。
mail-factor-added-subject = サインインの方法が増えました
mail-factor-added = { $server } のアカウント { $user } に、本人確認の方法が追加されました。
mail-factor-removed-subject = サインインの方法が削除されました
mail-factor-removed = { $server } のアカウント { $user } から、本人確認の方法が1つ削除されました。
mail-factors-reset-subject = 二要素目がすべて削除されました
mail-factors-reset = { $server } のアカウント { $user } の二要素目は、管理者によってすべて削除されました。
mail-recovery-codes-subject = 新しいリカバリーコード
mail-recovery-codes = { $server } のアカウント { $user } に新しいリカバリーコードができました。これまでのものは使えません。
mail-token-reused-subject = アプリのアクセスが終了しました
mail-token-reused = { $server } のアカウント { $user } へのアプリのアクセスが、複製されたかのように2回使われました。このアクセスは終了しました。お使いの場合は、アプリを接続し直してください。
mail-when = 日時: { $time }
mail-when-where = 日時: { $time }、接続元: { $address }
mail-when-where-near = 日時: { $time }、接続元: { $address }（推定: { $place }）
mail-not-you = ご本人であれば、何もする必要はありません。そうでなければ、すぐにパスワードを変更し、サーバーの管理者に知らせてください。
