"""Spectrograms."""

from .case import case

SMALL = dict(fft_length=16, sequence_stride=6, num_mel_bins=5)

CASES = [
    *[
        case("STFTSpectrogram", (2, 20, 2), mode=mode, frame_length=6, frame_step=3)
        for mode in ["log", "magnitude", "psd", "real", "imag", "angle", "stft"]
    ],
    case("STFTSpectrogram", (1, 17, 1), frame_length=8, fft_length=16, window="hamming", expand_dims=True, mode="psd"),
    case("STFTSpectrogram", (2, 16, 3), mode="magnitude", frame_length=5, padding="same", expand_dims=True),
    case("STFTSpectrogram", (2, 3, 15), mode="stft", frame_length=4, data_format="channels_first"),
    case("STFTSpectrogram", (2, 2, 15), mode="real", frame_length=4, data_format="channels_first", expand_dims=True),
    case("STFTSpectrogram", (1, 9, 1), mode="imag", frame_length=4, periodic=True, scaling="spectrum", window="blackman"),
    case("STFTSpectrogram", (1, 9, 1), mode="magnitude", frame_length=4, scaling=None, window=None),
    case("MelSpectrogram", (2, 33), **SMALL),
    case("MelSpectrogram", (2, 40), power_to_db=False, **SMALL),
    case("MelSpectrogram", (31,), top_db=3.0, ref_power=2.5, **SMALL),
    case("MelSpectrogram", (1, 48), mag_exp=1.0, sampling_rate=8000, min_freq=100.0, max_freq=3000.0, **SMALL),
    case("MelSpectrogram", (3, 16), sequence_length=10, window="hamming", **SMALL),
    case("MelSpectrogram", (2, 5), power_to_db=False, **SMALL),
]
