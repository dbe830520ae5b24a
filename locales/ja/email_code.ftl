email-code-title = コードでサインイン
email-code-intro = アカウントのメールアドレスにコードをお送りします。
email-code-username = ユーザー名またはメールアドレス
email-code-send = コードを送る
email-code-password = パスワードでサインイン

email-code-check = コードの入力
email-code-sent-if = そのようなアカウントがあり、メールアドレスが登録されている場合は、8桁のコードをお送りしています。10分間使えます。
email-code-code = コード
email-code-submit = サインイン
email-code-nowhere-else = このコードをほかの場所でお尋ねすることはありません。ほかの誰にも必要ありません。
email-code-another = 別のコードを送ってもらう

email-code-no-match = コードが違うか、試した回数が多すぎます。もう一度確かめるか、別のコードを送ってもらってください。
email-code-wait = お使いのネットワークからの試行が多すぎます。約{ $span }後にもう一度お試しください。
