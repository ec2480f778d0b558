//! The code of a login as a picture.

use qrcode::render::svg;
use qrcode::{Color, QrCode};

use super::{Login, status};
use crate::auth::Caller;
use crate::context::Context;
use crate::error::{Error, Result};

/// Pixels of a module, and modules of the margin that readers need.
const SCALE: usize = 8;
const MARGIN: usize = 4;

/// What kind of picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// Scalable Vector Graphics.
    Svg,
    /// Portable Network Graphics.
    Png,
}

/// The picture of the code that is to be scanned.
pub async fn picture(
    cx: &Context,
    caller: &Caller,
    project: Option<&str>,
    id: &str,
    picture: Picture,
) -> Result<Vec<u8>> {
    let login = status(cx, caller, project, id).await?;
    let code = login
        .code
        .ok_or_else(|| Error::not_found("A QR code of channel", id))?;
    drawn(&code.payload, picture)
}

impl Login {
    /// The code as SVG, while there is one.
    pub fn svg(&self) -> Result<Option<String>> {
        let Some(code) = &self.code else {
            return Ok(None);
        };
        let svg = drawn(&code.payload, Picture::Svg)?;
        String::from_utf8(svg).map(Some).map_err(Error::internal)
    }
}

fn drawn(payload: &str, picture: Picture) -> Result<Vec<u8>> {
    let code = QrCode::new(payload).map_err(|error| Error::Unavailable {
        what: "WeChat",
        source: format!("its code is too long for a QR code: {error}").into(),
    })?;
    match picture {
        Picture::Svg => {
            let modules = u32::try_from((code.width() + 2 * MARGIN) * SCALE).unwrap_or(u32::MAX);
            let mut renderer = code.render::<svg::Color<'_>>();
            renderer.min_dimensions(modules, modules);
            Ok(renderer.build().into_bytes())
        }
        Picture::Png => png(&code),
    }
}

/// Grey of one bit, row by row.
fn png(code: &QrCode) -> Result<Vec<u8>> {
    let modules = code.width() + 2 * MARGIN;
    let side = modules * SCALE;
    let row_bytes = side.div_ceil(8);
    let colors = code.to_colors();
    let is_dark = |x: usize, y: usize| {
        let inside = |at: usize| at.checked_sub(MARGIN).filter(|at| *at < code.width());
        let (Some(x), Some(y)) = (inside(x), inside(y)) else {
            return false;
        };
        colors.get(y * code.width() + x) == Some(&Color::Dark)
    };
    let mut pixels = Vec::with_capacity(side * row_bytes);
    for y in 0..side {
        let mut row = vec![0xff_u8; row_bytes];
        for x in (0..side).filter(|x| is_dark(x / SCALE, y / SCALE)) {
            if let Some(byte) = row.get_mut(x / 8) {
                *byte &= !(0x80 >> (x % 8));
            }
        }
        pixels.extend(row);
    }
    let mut file = Vec::new();
    let size = u32::try_from(side).map_err(Error::internal)?;
    let mut encoder = png::Encoder::new(&mut file, size, size);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().map_err(Error::internal)?;
    writer.write_image_data(&pixels).map_err(Error::internal)?;
    writer.finish().map_err(Error::internal)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_pictures_show_the_same_code() {
        let payload = "https://login.weixin.qq.com/l/abc";
        let code = QrCode::new(payload).unwrap();
        let side = (code.width() + 2 * MARGIN) * SCALE;
        let svg = String::from_utf8(drawn(payload, Picture::Svg).unwrap()).unwrap();
        assert!(svg.contains(&format!("width=\"{side}\"")), "{svg}");

        let file = drawn(payload, Picture::Png).unwrap();
        let decoder = png::Decoder::new(std::io::Cursor::new(file));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width as usize, info.height as usize), (side, side));
        let row_bytes = info.line_size;
        let is_dark = |x: usize, y: usize| pixels[y * row_bytes + x / 8] & (0x80 >> (x % 8)) == 0;
        for y in 0..code.width() {
            for x in 0..code.width() {
                let at = |at: usize| (at + MARGIN) * SCALE + SCALE / 2;
                let expected = code[(x, y)] == Color::Dark;
                assert_eq!(is_dark(at(x), at(y)), expected, "{x}, {y}");
            }
        }
        // The margin is light.
        assert!(!is_dark(0, 0));
    }
}
