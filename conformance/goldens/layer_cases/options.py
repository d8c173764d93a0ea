"""Options and ranks that the other tables leave out. Cases have names of their own."""

from .case import case, named

CASES = named(
    "option",
    [
        case("AdaptiveAveragePooling3D", (1, 3, 4, 2, 1), output_size=[2, 2, 2]),
        case("AdaptiveMaxPooling3D", (1, 3, 4, 2, 1), output_size=[2, 2, 2]),
        case("AveragePooling3D", (1, 3, 3, 3, 1), pool_size=2, strides=[2, 1, 2]),
        case("MaxPooling3D", (1, 3, 3, 3, 1), pool_size=2, strides=[2, 1, 2], padding="same"),
        case(
            "BatchNormalization",
            (3, 2),
            training=True,
            beta_regularizer="l2",
            moving_mean_initializer="ones",
            moving_variance_initializer="zeros",
        ),
        case("Conv1DTranspose", (1, 3, 2), filters=1, kernel_size=1, strides=2, output_padding=[1]),
        case("Conv1DTranspose", (1, 3, 2), filters=1, kernel_size=3, strides=2, output_padding=1, padding="same"),
        case("Conv2DTranspose", (1, 2, 2, 2), filters=1, kernel_size=2, strides=2, output_padding=[1, 1]),
        case("Conv3D", (1, 3, 3, 3, 1), filters=1, kernel_size=2, dilation_rate=[2, 2, 2]),
        case("Conv3D", (1, 3, 3, 3, 1), filters=1, kernel_size=2, strides=[2, 1, 2]),
        case("Dense", (2, 3), units=2, activation="sigmoid", kernel_initializer="random_uniform", bias_regularizer="l2"),
        case("Dot", (2, 3), (2, 3), axes=-1, merge=True),
        case("Dot", (1, 3, 2), (1, 1, 2, 3), axes=[-2, -1], merge=True),
        case("Concatenate", (1, 1, 2, 1, 2), (1, 1, 2, 1, 1), merge=True),
        case("Concatenate", (1, 2, 1, 3), (1, 2, 1, 3), axis=3, merge=True),
        case("EinsumDense", (2, 3), equation="ab,b->a", output_shape=[]),
        case("EinsumDense", (2,), equation="i,d->id", output_shape=[2]),
        case("EinsumDense", (2, 2, 1), equation="ibd,nd->ibn", output_shape=[2, 2]),
        case("EinsumDense", (2, 1, 2, 3), equation="BFNH,NHD->BFD", output_shape=[1, 4]),
        case("EinsumDense", (2, 3, 2), equation="...bc,bc->...b", output_shape=3),
        case("EinsumDense", (2, 1, 2, 3), equation="bc...,cd->bd...", output_shape=4),
        *[
            case("EinsumDense", (2, 1, 2), equation=equation, output_shape=[3, 4], bias_axes=bias)
            for equation in ("...c,cde->...de", "bc...,cde->bde...")
            for bias in ("d", "e", "de")
        ],
        case(
            "GroupNormalization",
            (2, 2, 4),
            groups=2,
            axis=2,
            gamma_regularizer="l2",
            beta_regularizer="l2",
            gamma_constraint="unit_norm",
            beta_constraint="unit_norm",
        ),
        case(
            "LayerNormalization",
            (2, 2, 1, 3),
            axis=[-3, -2, -1],
            beta_initializer="ones",
            gamma_regularizer="l2",
            beta_regularizer="l2",
        ),
        case("RMSNormalization", (1, 2, 2, 3), axis=-1),
        case("ReLU", (5,), negative_slope=1.0),
        case("LeakyReLU", (5,), negative_slope=1.0),
        case(
            "PReLU",
            (2, 2, 3),
            shared_axes=1,
            alpha_initializer="glorot_uniform",
            alpha_regularizer="l1",
            alpha_constraint="max_norm",
        ),
        case(
            "ReversibleEmbedding",
            (3,),
            input_dim=4,
            output_dim=2,
            embeddings_initializer="HeNormal",
            reverse_dtype="float32",
            below=4,
        ),
    ],
)
