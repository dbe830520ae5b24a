use super::*;

const PASSWORD: &str = "correct horse battery staple";

/// Made by other programs: Python's hashlib, and crypt(3) of libxcrypt.
const KNOWN: [&str; 8] = [
    "pbkdf2_sha256$1000$seasalt$3xmXbyk2QpiyNcnoBbzRPwEBsYPTbDlRdtmLyBvQltA=",
    "$pbkdf2$1000$AAECAwQFBgcICQoLDA0ODw$AOm/kOb/.YAZ3ZwSogYgNu9fO1g",
    "$pbkdf2-sha512$1000$........................$tE74vcUMrmGlL4iAKfg23grZ/MYOSLKD8PXsxcOHFoeC.nYXtrpLcdjazmFSsOsX6sC3OJ.phmr3AbPMAwNnGQ",
    "$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$ppsXnjrdPB4KryJ6DrOqKqhkWrhv7PbKAMF1Eml8cZ4",
    "$pbkdf2-sha256$i=1000$AAECAwQFBgcICQoLDA0ODw$ppsXnjrdPB4KryJ6DrOqKqhkWrhv7PbKAMF1Eml8cZ4",
    "$scrypt$ln=10,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$mp90zEQd5XGhjEv4WArVH4Z0XRSzkGWtJK2S/AXJlRU",
    "$2b$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG",
    "$2a$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG",
];

fn is_right(text: &str, password: &str) -> bool {
    let stored = Stored::admit(text).unwrap_or_else(|unfit| panic!("{text}: {unfit}"));
    let made = stored.way.derive(password.as_bytes(), stored.hash.len()).unwrap();
    *made == stored.hash
}

#[test]
fn hashes_of_other_programs_are_read_as_they_meant_them() {
    for text in KNOWN {
        assert!(is_right(text, PASSWORD), "{text}");
        assert!(!is_right(text, "correct horse battery stapl"), "{text}");
    }
}

#[test]
fn bcrypt_never_looked_behind_72_bytes_and_is_taken_as_it_was() {
    let text = "$2y$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i";
    for length in [72, 80, 100] {
        assert!(is_right(text, &"x".repeat(length)), "{length}");
    }
    assert!(!is_right(text, &"x".repeat(71)));
}

#[test]
fn ds_04_a_hash_from_elsewhere_may_not_cost_what_it_likes() {
    let salt = "AAECAwQFBgcICQoLDA0ODw";
    let hash = "ppsXnjrdPB4KryJ6DrOqKqhkWrhv7PbKAMF1Eml8cZ4";
    let bcrypt = "abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG";
    for costly in [
        format!("$2b$15${bcrypt}"),
        format!("$2b$31${bcrypt}"),
        format!("$2b$99${bcrypt}"),
        format!("$pbkdf2-sha256$i=2000001${salt}${hash}"),
        format!("pbkdf2_sha256$4294967295$x${hash}="),
        format!("$scrypt$ln=18,r=8,p=1${salt}${hash}"),
        format!("$scrypt$ln=17,r=8,p=3${salt}${hash}"),
        format!("$scrypt$ln=63,r=1,p=1${salt}${hash}"),
        format!("$scrypt$ln=10,r=4294967295,p=4294967295${salt}${hash}"),
        format!("$argon2id$v=19$m=131073,t=1,p=1${salt}${hash}"),
        format!("$argon2id$v=19$m=65536,t=17,p=1${salt}${hash}"),
        format!("$argon2id$v=19$m=4294967295,t=4294967295,p=1${salt}${hash}"),
        format!("$argon2id$v=19$m=65536,t=1,p=17${salt}${hash}"),
    ] {
        assert_eq!(Stored::admit(&costly).err(), Some(Unfit::TooCostly), "{costly}");
    }
    for usual in [
        format!("$2b$14${bcrypt}"),
        format!("$pbkdf2-sha512$i=1200000${salt}${hash}"),
        format!("$scrypt$ln=17,r=8,p=1${salt}${hash}"),
        format!("$argon2id$v=19$m=65536,t=3,p=4${salt}${hash}"),
    ] {
        assert!(Stored::admit(&usual).is_ok(), "{usual}");
    }
}

#[test]
fn what_is_no_hash_is_none() {
    let salt = "AAECAwQFBgcICQoLDA0ODw";
    for odd in [
        "",
        "correct horse battery staple",
        "$2x$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG",
        "$2b$4$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG",
        "$2b$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6C",
        "$2b$04$\u{e9}bcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6C",
        "$argon2i$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw",
        "$argon2id$v=16$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw",
        "$argon2id$v=19$m=64,t=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw",
        "$pbkdf2-sha256$i=0$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw",
        "$pbkdf2-sha256$i=9,l=31$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw",
        "$pbkdf2-md5$i=9$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw",
        "$1$abcdefgh$0123456789012345678901",
        &format!("$pbkdf2-sha256$i=9${salt}$AAEC"),
        &format!("$pbkdf2-sha256$i=9${salt}${}", "A".repeat(600)),
    ] {
        assert_eq!(Stored::admit(odd).err(), Some(Unfit::Unread), "{odd}");
    }
}
