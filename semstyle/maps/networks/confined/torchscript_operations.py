"""The operations that a network in TorchScript may run: those that compute a value from values.

An operation that is missing here is refused, whatever it does. None of these opens a file, reaches the network, prints,
or runs what it is given as text.
"""

from __future__ import annotations

LANGUAGE = """
Constant ConstantChunk DictConstruct EnumName EnumValue GetAttr If ListConstruct ListUnpack Loop NumToTensor
RaiseException SetAttr TupleConstruct TupleIndex TupleSlice TupleUnpack Uninitialized annotate data device dtype
is_cuda layout max min requires_grad unchecked_cast unchecked_unwrap_optional
"""
"""The allowed operations of ``prim``: constants, lists, tuples, branches and loops."""

SCALARS_AND_LISTS = """
Bool Complex Float FloatImplicit Int IntImplicit ScalarImplicit __and__ __contains__ __derive_index
__getitem__ __is__ __isnot__ __not__ __or__ __range_length __round_to_zero_floordiv __xor__ _set_item append clear copy
count dict dim extend floordiv format get index insert item items keys len list pop remove reverse setdefault size sort
sorted stride str update values
"""

ARITHMETIC = """
abs abs_ acos acosh add add_ addcdiv addcmul addmm all amax amin aminmax any argmax argmin argsort asin atan atan2
baddbmm bitwise_and bitwise_not bitwise_or bitwise_xor bmm bucketize ceil clamp clamp_ clamp_max clamp_max_ clamp_min
clamp_min_ clip cos cosh cross cumprod cumsum deg2rad div div_ dot einsum eq equal erf erfc exp exp_ expm1 floor floor_
floor_divide fmod frac ge gt inner isfinite isinf isnan lerp le lgamma linalg_norm linalg_vector_norm log log10 log1p
log2 log_softmax logical_and logical_not logical_or logical_xor logsumexp lt masked_fill masked_fill_ masked_select
matmul max maximum mean median min minimum mm mul mul_ mv ne neg norm outer pow prod rad2deg reciprocal remainder round
rsqrt rsub sigmoid sigmoid_ sign sin sinh softmax special_expit sqrt sqrt_ square std std_mean sub sub_ sum tan tanh
tanh_ topk tril triu true_divide trunc var var_mean where xlogy
"""

SHAPES = """
arange as_tensor broadcast_tensors broadcast_to cat chunk clone column_stack concat constant_pad_nd contiguous cpu
detach diff empty empty_like expand expand_as eye fill_ flatten flip full full_like gather hstack index_add index_copy
index_fill index_put index_put_ index_select is_contiguous is_floating_point linspace meshgrid movedim narrow new_empty
new_full new_ones new_zeros nonzero numel one_hot ones ones_like pad permute pixel_shuffle pixel_unshuffle
reflection_pad2d repeat repeat_interleave replication_pad2d reshape reshape_as resolve_conj resolve_neg roll rot90
scalar_tensor scatter scatter_ scatter_add select slice split split_with_sizes squeeze squeeze_ stack swapaxes t
take_along_dim tensor tensor_split tile to transpose type_as unbind unflatten unfold unsqueeze unsqueeze_ view view_as
vstack warn zero_ zeros zeros_like
"""

LAYERS = """
_convolution _log_softmax _softmax _upsample_bicubic2d_aa _upsample_bilinear2d_aa _upsample_lanczos2d_aa
_upsample_nearest_exact1d _upsample_nearest_exact2d _upsample_nearest_exact3d adaptive_avg_pool1d adaptive_avg_pool2d
adaptive_avg_pool3d adaptive_max_pool2d affine_grid_generator alpha_dropout avg_pool1d avg_pool2d avg_pool3d batch_norm
channel_shuffle col2im conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d dropout dropout_ elu elu_
embedding feature_dropout gelu glu grid_sampler grid_sampler_2d group_norm hardsigmoid hardsigmoid_ hardswish hardswish_
hardtanh hardtanh_ im2col instance_norm layer_norm leaky_relu leaky_relu_ linear log_sigmoid
max_pool1d max_pool2d max_pool3d mish native_batch_norm native_group_norm native_layer_norm prelu relu relu6 relu6_
relu_ rms_norm scaled_dot_product_attention selu selu_ silu silu_ softplus softshrink upsample_bicubic2d
upsample_bilinear2d upsample_linear1d upsample_nearest1d upsample_nearest2d upsample_nearest3d upsample_trilinear3d
"""

ALLOWED = frozenset(
    [f"prim::{name}" for name in LANGUAGE.split()]
    + [f"aten::{name}" for part in (SCALARS_AND_LISTS, ARITHMETIC, SHAPES, LAYERS) for name in part.split()]
)
"""The kinds of nodes that a compiled graph may have."""
