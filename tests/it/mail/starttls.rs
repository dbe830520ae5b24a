//! Mails over STARTTLS (RFC 3207): nothing is said in clear, and to nobody else.

use gatewright_server::mail::{asked, post};
use gatewright_tests::internet::authority;
use gatewright_tests::{MailServer, World};

/// Has a mail sent to alice by this server, or tried to.
async fn mailed(mails: &MailServer, is_trusted: impl FnOnce(&mut gatewright_server::Config)) -> World {
    let password = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(password.path(), "s3cret\n").unwrap();
    let world = World::with(|config| {
        mails.configure_tls(config, password.path());
        is_trusted(config);
    })
    .await;
    assert_eq!(world.agent().post("/forgot", &[("username", "alice")]).await.status, 200);
    asked::turn(world.app.clone()).await.unwrap();
    post::turn(world.app.clone()).await.unwrap();
    world
}

fn trusting(config: &mut gatewright_server::Config) {
    config.fetch.ca_file = Some(authority());
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_go_to_a_server_whose_certificate_is_trusted_and_nothing_before() {
    let mails = MailServer::certified("localhost").await;
    let _world = mailed(&mails, trusting).await;
    assert_eq!((mails.take().len(), mails.logged_in().len()), (1, 1));
    let heard = mails.heard();
    let clear: Vec<&str> = heard.iter().filter_map(|line| line.strip_prefix("clear ")).collect();
    assert_eq!(clear, ["EHLO", "STARTTLS"], "{heard:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lost_its_starttls_on_the_way_gets_neither_password_nor_mail() {
    let mails = MailServer::start().await;
    let world = mailed(&mails, trusting).await;
    let heard = mails.heard();
    assert!(heard.contains(&"clear EHLO".to_owned()), "it was asked: {heard:?}");
    assert!(heard.iter().all(|line| ["clear EHLO", "clear QUIT"].contains(&line.as_str())), "{heard:?}");
    assert_eq!((mails.take().len(), mails.logged_in().len()), (0, 0));
    assert_eq!(world.count("mails").await, 1, "it waits for better times");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_certificate_gets_neither_password_nor_mail() {
    for (host, is_trusted) in [("mail.evil.test", true), ("localhost", false)] {
        let mails = MailServer::certified(host).await;
        let world = mailed(&mails, |config| {
            if is_trusted {
                trusting(config);
            }
        })
        .await;
        let heard = mails.heard();
        assert!(heard.contains(&"clear STARTTLS".to_owned()), "it was tried: {heard:?}");
        assert!(heard.iter().all(|line| line.starts_with("clear ")), "{heard:?}");
        assert_eq!((mails.take().len(), mails.logged_in().len()), (0, 0), "{host}");
        assert_eq!(world.count("mails").await, 1, "{host}");
    }
}
