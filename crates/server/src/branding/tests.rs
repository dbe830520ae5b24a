use super::*;
use crate::web::assets;

fn css_token(css: &str, name: &str) -> Colour {
    let start = css.find(&format!("--{name}: #")).unwrap() + name.len() + 4;
    css[start..start + 7].parse().unwrap()
}

#[test]
fn the_colours_of_the_style_sheet_are_those_that_are_checked() {
    let css = std::str::from_utf8(assets::STYLE.bytes).unwrap();
    let (light, dark) = css.split_once("(prefers-color-scheme: dark)").unwrap();
    assert_eq!(css_token(dark, "accent"), colour::OURS_DARK);
    for (css, scheme) in [(light, Scheme::Light), (dark, Scheme::Dark)] {
        assert_eq!(css_token(css, "accent").check_accent(scheme), Ok(()));
        // An accent that is as good as the sheet itself is refused with that sheet's colour.
        let (sheet, tint) = (css_token(css, "sheet"), css_token(css, "tint"));
        let (problem, nearest) = sheet.check_accent(scheme).unwrap_err();
        assert!(problem.contains(&format!("1.00 on the background {sheet}")), "{problem}");
        assert!(nearest.contrast(sheet) >= 4.5 && nearest.contrast(tint) >= 4.5, "{nearest}");
        assert_eq!(nearest.check_accent(scheme), Ok(()));
    }
}

#[test]
fn a_colour_that_cannot_be_read_is_refused_with_one_that_can() {
    let yellow: Colour = "#ffcc00".parse().unwrap();
    let (problem, nearest) = yellow.check_accent(Scheme::Light).unwrap_err();
    assert_eq!(problem, "has a contrast of 1.51 on the background #ffffff, and 4.5 is needed (WCAG 2.2)");
    assert_eq!(nearest.check_accent(Scheme::Light), Ok(()));
    assert_eq!(yellow.check_accent(Scheme::Dark), Ok(()));
    for text in ["ffcc00", "#fc0", "#ffcc0g", "#ffcc000", "#+1+1+1", "rgb(0,0,0)", "#ffcé0"] {
        assert!(text.parse::<Colour>().is_err(), "{text}");
    }
}

#[test]
fn every_accent_that_is_accepted_can_be_read_everywhere() {
    let css = std::str::from_utf8(assets::STYLE.bytes).unwrap();
    let (light, dark) = css.split_once("(prefers-color-scheme: dark)").unwrap();
    for (css, scheme) in [(light, Scheme::Light), (dark, Scheme::Dark)] {
        for step in 0..512_u32 {
            let [_, r, g, b] = step.wrapping_mul(0x9e37_79b9).to_be_bytes();
            let accent: Colour = format!("#{r:02x}{g:02x}{b:02x}").parse().unwrap();
            let accent = accent.check_accent(scheme).map_or_else(|(_, nearest)| nearest, |()| accent);
            let (strong, on) = (accent.stronger(scheme), accent.ink_on(scheme));
            for (front, back, least) in [
                (accent, css_token(css, "sheet"), 4.5),
                (accent, css_token(css, "tint"), 4.5),
                (accent, css_token(css, "ground"), 3.0),
                (strong, css_token(css, "sheet"), 4.5),
                (on, accent, 4.5),
                (on, strong, 4.5),
            ] {
                let ratio = front.contrast(back);
                assert!(ratio >= least, "{scheme:?} {accent}: {front} on {back} is {ratio:.2}");
            }
        }
    }
}

#[test]
fn a_brand_is_a_sheet_with_colours_first() {
    let branding = Branding {
        accent: Some("#7a1f5c".parse().unwrap()),
        files: Files { style: Some("h1 { color: red }".to_owned()), logo: None },
        ..Branding::default()
    };
    let brand = Brand::new(&branding, assets::address);
    let sheet = brand.style.unwrap();
    let css = std::str::from_utf8(&sheet.bytes).unwrap();
    assert!(css.starts_with(":root{--accent:#7a1f5c;--accent-strong:#"), "{css}");
    assert!(css.contains("@media (prefers-color-scheme: dark){:root{--accent:#83cbd6;"), "{css}");
    assert!(css.ends_with("h1 { color: red }"), "{css}");
    assert!(sheet.href.starts_with("/assets/brand.css?v="), "{}", sheet.href);
    assert!(Brand::new(&Branding::default(), assets::address).style.is_none());
}

#[test]
fn files_are_read_and_pictures_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        Some(file)
    };
    let read =
        |branding: &Branding| Files::read(branding).map_err(|(key, problem, _)| format!("{key} {problem}"));
    let svg = put("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>");
    let refused = read(&Branding { logo_file: svg, ..Branding::default() }).unwrap_err();
    assert_eq!(refused, "branding.logo_file is not a PNG, JPEG or WebP picture");
    let css = put("brand.css", b"\xff");
    let refused = read(&Branding { css_file: css, ..Branding::default() }).unwrap_err();
    assert_eq!(refused, "branding.css_file is not UTF-8");
    let large = put("large.css", &vec![b' '; 1024 * 1024 + 1]);
    assert!(read(&Branding { css_file: large, ..Branding::default() }).unwrap_err().contains("too large"));
    let gone = Some(folder.path().join("gone.png"));
    assert!(
        read(&Branding { logo_file: gone, ..Branding::default() }).unwrap_err().contains("cannot be read")
    );
    let picture = image::DynamicImage::new_rgb8(1200, 100);
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let logo = put("logo.png", png.get_ref());
    let files = read(&Branding { logo_file: logo, ..Branding::default() }).unwrap();
    let brand = Brand::new(&Branding { files, ..Branding::default() }, assets::address);
    let logo = brand.logo.unwrap();
    assert_eq!((logo.width, logo.height), (240, 20));
}
