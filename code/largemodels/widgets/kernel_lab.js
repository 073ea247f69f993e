// KernelLab: one 3 × 3 kernel over a picture, each output pixel spelled out (chapter 5).
//
// `describe` is the lab: a pure function from the settings and a picture to everything shown. It computes the same
// things as largemodels/kernels.py, in the same order of operations, and tests hold the two equal.

import { bindSettings, button, createReadout, describeProblems, element, fill, formatNumber, LAB_STRINGS, linearAxis, linkButton, numberField, selectControl, setText, sliderControl, svgElement, watchTheme } from "./lab.js";

export const STRINGS = {
  en: {
    title: "Kernel lab",
    // Controls
    picture: "Picture",
    picture_pagoda: "pagoda",
    picture_flower: "flower",
    picture_digit: "handwritten 4",
    picture_square: "bright square",
    picture_dot: "one bright pixel",
    kernel: "Kernel",
    kernel_entry: "Kernel entry [{row}, {column}]",
    preset_identity: "Identity",
    preset_mean: "Mean blur",
    preset_gaussian: "Gaussian blur",
    preset_sharpen: "Sharpen",
    preset_sobel_x: "Vertical edges (Sobel)",
    preset_sobel_y: "Horizontal edges (Sobel)",
    preset_laplacian: "Laplacian",
    preset_emboss: "Emboss",
    preset_shift_down: "Shift down",
    preset_own: "Your own kernel",
    flip: "Flip by 180°",
    bias: "Bias",
    stride: "Stride",
    padding: "Padding",
    dilation: "Dilation",
    relu: "Activation",
    relu_none: "none",
    relu_relu: "ReLU",
    pooling: "Pooling, 2 × 2",
    pooling_none: "none",
    pooling_max: "max",
    pooling_mean: "mean",
    row: "Row",
    column: "Column",
    // Pictures
    input_caption: "Input {height} × {width}",
    input_padded: "Input {height} × {width}, padded to {padded_height} × {padded_width}",
    output_caption: "Output {height} × {width}, from {low} to {high}",
    pooled_caption: "Pooled {height} × {width}",
    pooled_none: "No pooling",
    pooled_small: "Too small to pool",
    scale_input: "0 is black, 1 is white.",
    scale_input_padded: "0 is black, 1 is white; the checked frame counts as 0.",
    scale_picture: "Drawn as the input is: 0 black, 1 white.",
    scale_picture_cut: "Drawn as the input is: 0 black, 1 white; {cut} values lie beyond.",
    scale_symmetric: "0 is middle grey; negative is darker, positive brighter.",
    scale_positive: "0 is black; larger is brighter.",
    // The equation
    window_rows: "Input rows {rows},",
    window_columns: "columns {columns}",
    products_title: "Products",
    sum_products: "sum of the 9 products",
    sum_bias: "+ bias",
    sum_z: "= z",
    sum_none: "output [{row}, {column}]",
    sum_relu: "ReLU: output [{row}, {column}]",
    sum_pool_max: "max of 4: [{row}, {column}]",
    sum_pool_mean: "mean of 4: [{row}, {column}]",
    sum_left_out: "left out of the pooling",
    // The formula
    formula: "Size of the output = ⌊(size + 2 · padding − dilation · (3 − 1) − 1) / stride⌋ + 1",
    formula_height: "height: {sum} = {out}",
    formula_width: "width: {sum} = {out}",
    formula_pooled: "pooled: ⌊{height} / 2⌋ × ⌊{width} / 2⌋ = {pooled_height} × {pooled_width}",
    code: "In NumPy:",
    // Flipping
    flip_same: "This kernel is its own flip: convolution and cross-correlation give the same.",
    flip_negated: "Its flip is its negative: convolution gives every sum with the other sign.",
    flip_different: "Its flip is another kernel: convolution gives another output.",
    turned_same: "Flipped, and nothing changes: this kernel is its own flip.",
    turned_negated: "Flipped: this is convolution with the kernel you had. Each sum has changed its sign.",
    turned_different: "Flipped: this is convolution with the kernel you had.",
    // Readout
    readout: "{name}: {flat} {answer}",
    flat_zero: "the entries sum to 0, so flat areas give 0, however bright they are.",
    flat_same: "the entries sum to 1, so flat areas keep their grey.",
    flat_bias: "the entries sum to 0, so flat areas give the bias, {bias}.",
    flat_bias_cut: "the entries sum to 0, so flat areas give the bias, {bias}, which ReLU makes 0.",
    flat_other: "the entries sum to {sum}, so a flat area of grey x gives {expression}.",
    answer_all_zero: "Every output is 0.",
    answer_all_cut: "No sum is above 0, so ReLU leaves nothing: every output is 0.",
    answer_all_same: "Every output is {value}.",
    answer_cut: "Output [{row}, {column}] is 0: ReLU cuts off its sum, {z}.",
    answer_highest: "Output [{row}, {column}] is {value}, the largest of all.",
    answer_lowest: "Output [{row}, {column}] is {value}, the most negative of all.",
    answer_zero: "Output [{row}, {column}] is 0.",
    answer_grey: "Output [{row}, {column}] is {value}; the pixel under the kernel's centre is {centre}.",
    answer_smallest: "Output [{row}, {column}] is {value}; none is smaller in size.",
    answer_rank: "Output [{row}, {column}] is {value}, larger in size than {percent} % of all outputs.",
    touches_padding: "{count} of its 9 pixels are padding and count as 0.",
    between_sentences: " ",
    // Labels
    input_label: "{caption}. {scale} The window is at rows {rows} and columns {columns}.",
    output_label: "{caption}. {scale}",
    pixel_handle: "Output pixel [{row}, {column}] of {height} × {width}, value {value}; the arrow keys move it, with Shift further",
  },
  zh: {
    title: "卷积核实验",
    picture: "图像",
    picture_pagoda: "楼阁",
    picture_flower: "花",
    picture_digit: "手写数字 4",
    picture_square: "亮方块",
    picture_dot: "单个亮像素",
    kernel: "卷积核",
    kernel_entry: "卷积核元素 [{row}, {column}]",
    preset_identity: "恒等",
    preset_mean: "均值模糊",
    preset_gaussian: "高斯模糊",
    preset_sharpen: "锐化",
    preset_sobel_x: "竖直边缘（Sobel）",
    preset_sobel_y: "水平边缘（Sobel）",
    preset_laplacian: "拉普拉斯",
    preset_emboss: "浮雕",
    preset_shift_down: "下移",
    preset_own: "自定义卷积核",
    flip: "翻转 180°",
    bias: "偏置",
    stride: "步幅",
    padding: "填充",
    dilation: "膨胀",
    relu: "激活函数",
    relu_none: "无",
    relu_relu: "ReLU 函数",
    pooling: "池化，2 × 2",
    pooling_none: "无",
    pooling_max: "最大值",
    pooling_mean: "平均值",
    row: "行",
    column: "列",
    input_caption: "输入 {height} × {width}",
    input_padded: "输入 {height} × {width}，填充后 {padded_height} × {padded_width}",
    output_caption: "输出 {height} × {width}，从 {low} 到 {high}",
    pooled_caption: "池化后 {height} × {width}",
    pooled_none: "没有池化",
    pooled_small: "太小，无法池化",
    scale_input: "0 为黑，1 为白。",
    scale_input_padded: "0 为黑，1 为白；方格边框是填充，按 0 计算。",
    scale_picture: "与输入同样显示：0 为黑，1 为白。",
    scale_picture_cut: "与输入同样显示：0 为黑，1 为白；有 {cut} 个值超出范围。",
    scale_symmetric: "0 为中灰；负值更暗，正值更亮。",
    scale_positive: "0 为黑；值越大越亮。",
    window_rows: "输入行 {rows}，",
    window_columns: "列 {columns}",
    products_title: "乘积",
    sum_products: "9 个乘积之和",
    sum_bias: "＋ 偏置",
    sum_z: "＝ z",
    sum_none: "输出 [{row}, {column}]",
    sum_relu: "ReLU：输出 [{row}, {column}]",
    sum_pool_max: "最大值 [{row}, {column}]",
    sum_pool_mean: "平均值 [{row}, {column}]",
    sum_left_out: "池化时被舍去",
    formula: "输出尺寸 ＝ ⌊(尺寸 + 2 · 填充 − 膨胀 · (3 − 1) − 1) / 步幅⌋ + 1",
    formula_height: "高：{sum} = {out}",
    formula_width: "宽：{sum} = {out}",
    formula_pooled: "池化后：⌊{height} / 2⌋ × ⌊{width} / 2⌋ = {pooled_height} × {pooled_width}",
    code: "在 NumPy 中：",
    flip_same: "这个卷积核翻转后不变：卷积与互相关的结果相同。",
    flip_negated: "它翻转后变为自身的相反数：卷积得到的每个和都变号。",
    flip_different: "它翻转后是另一个卷积核：卷积得到另一个输出。",
    turned_same: "已翻转，但什么也没有改变：这个卷积核翻转后不变。",
    turned_negated: "已翻转：现在是用原来的卷积核做卷积的结果，每个和都变了号。",
    turned_different: "已翻转：现在是用原来的卷积核做卷积的结果。",
    readout: "{name}：{flat}{answer}",
    flat_zero: "各元素之和为 0，所以平坦区域无论多亮都得到 0。",
    flat_same: "各元素之和为 1，所以平坦区域保持原来的灰度。",
    flat_bias: "各元素之和为 0，所以平坦区域得到偏置 {bias}。",
    flat_bias_cut: "各元素之和为 0，所以平坦区域得到偏置 {bias}，经 ReLU 变为 0。",
    flat_other: "各元素之和为 {sum}，所以灰度为 x 的平坦区域得到 {expression}。",
    answer_all_zero: "所有输出都是 0。",
    answer_all_cut: "没有一个和大于 0，经 ReLU 后什么也不剩：所有输出都是 0。",
    answer_all_same: "所有输出都是 {value}。",
    answer_cut: "输出 [{row}, {column}] 是 0：它的和 {z} 被 ReLU 截去。",
    answer_highest: "输出 [{row}, {column}] 是 {value}，为所有输出中最大。",
    answer_lowest: "输出 [{row}, {column}] 是 {value}，为所有输出中最小的负值。",
    answer_zero: "输出 [{row}, {column}] 是 0。",
    answer_grey: "输出 [{row}, {column}] 是 {value}；卷积核中心下的像素是 {centre}。",
    answer_smallest: "输出 [{row}, {column}] 是 {value}，没有绝对值更小的输出。",
    answer_rank: "输出 [{row}, {column}] 是 {value}，绝对值大于 {percent}% 的输出。",
    touches_padding: "它的 9 个像素中有 {count} 个是填充，按 0 计算。",
    between_sentences: "",
    input_label: "{caption}。{scale}窗口位于第 {rows} 行、第 {columns} 列。",
    output_label: "{caption}。{scale}",
    pixel_handle: "输出像素 [{row}, {column}]，共 {height} × {width}，值 {value}；用方向键移动，按住 Shift 移动得更远",
  },
};

/** The settings, their ranges and choices, as the Python class has them. */
export const SCHEMA = {
  picture: { choices: ["pagoda", "flower", "digit", "square", "dot"] },
  kernel: { minimum: -10, maximum: 10, size: 9 },
  bias: { minimum: -5, maximum: 5 },
  stride: { minimum: 1, maximum: 3, whole: true },
  padding: { minimum: 0, maximum: 2, whole: true },
  dilation: { minimum: 1, maximum: 3, whole: true },
  relu: { choices: ["none", "relu"] },
  pooling: { choices: ["none", "max", "mean"] },
  row: { minimum: 0, maximum: 65, whole: true },
  column: { minimum: 0, maximum: 65, whole: true },
};

/** Named kernels, nine entries each, row by row. */
export const KERNELS = {
  identity: [0, 0, 0, 0, 1, 0, 0, 0, 0],
  mean: Array(9).fill(1 / 9),
  gaussian: [1, 2, 1, 2, 4, 2, 1, 2, 1].map((weight) => weight / 16),
  sharpen: [0, -1, 0, -1, 5, -1, 0, -1, 0],
  sobel_x: [-1, 0, 1, -2, 0, 2, -1, 0, 1],
  sobel_y: [-1, -2, -1, 0, 0, 0, 1, 2, 1],
  laplacian: [0, 1, 0, 1, -4, 1, 0, 1, 0],
  emboss: [-2, -1, 0, -1, 1, 1, 0, 1, 2],
  shift_down: [0, 1, 0, 0, 0, 0, 0, 0, 0],
};

const SUM_TOLERANCE = 1e-9; // a sum of entries this near to 0 or 1 is 0 or 1, up to rounding
const PICTURE_LIKE = 0.25; // how far from 1 the entries may add up to of a kernel whose output is drawn as a picture is
const TAPS = [0, 1, 2];

// ---------------------------------------------------------------------------------------------------------
// The operation

const decoded = new WeakMap();

/** The values of a picture, 0 to 255 row by row, from base64. */
export function pictureBytes(picture) {
  if (!decoded.has(picture)) decoded.set(picture, Array.from(atob(picture.values), (sign) => sign.charCodeAt(0)));
  return decoded.get(picture);
}

/** Pixels of the output along one axis. */
export function outputSize(size, { stride, padding, dilation }) {
  return Math.floor((size + 2 * padding - dilation * (3 - 1) - 1) / stride) + 1;
}

/**
 * Lay the kernel over the picture: what does not depend on the inspected pixel.
 *
 * @returns {object}  `padded`, `z`, `output` and `pooled` (null without) as flat lists, row by row, with their sizes
 *   `[height, width]`; and the smallest and largest output.
 */
export function convolve(settings, picture) {
  const { kernel, stride, padding, dilation, bias, relu, pooling } = settings;
  const bytes = pictureBytes(picture);
  const paddedSize = [picture.height + 2 * padding, picture.width + 2 * padding];
  const padded = new Array(paddedSize[0] * paddedSize[1]).fill(0);
  for (let i = 0; i < picture.height; i += 1) {
    const start = (i + padding) * paddedSize[1] + padding;
    for (let j = 0; j < picture.width; j += 1) padded[start + j] = bytes[i * picture.width + j] / 255;
  }

  const size = [outputSize(picture.height, settings), outputSize(picture.width, settings)];
  const offsets = kernel.map((_, k) => dilation * (Math.floor(k / 3) * paddedSize[1] + (k % 3)));
  const z = new Array(size[0] * size[1]);
  const output = new Array(z.length);
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0, at = 0; i < size[0]; i += 1) {
    for (let j = 0; j < size[1]; j += 1, at += 1) {
      const corner = stride * (i * paddedSize[1] + j);
      let total = padded[corner] * kernel[0];
      for (let k = 1; k < 9; k += 1) total += padded[corner + offsets[k]] * kernel[k];
      z[at] = total + bias;
      output[at] = relu === "relu" ? Math.max(z[at], 0) : z[at];
      low = Math.min(low, output[at]);
      high = Math.max(high, output[at]);
    }
  }

  const pooledSize = size.map((side) => Math.floor(side / 2));
  let pooled = null;
  if (pooling !== "none" && pooledSize[0] && pooledSize[1]) {
    pooled = new Array(pooledSize[0] * pooledSize[1]);
    for (let at = 0; at < pooled.length; at += 1) {
      const four = fourAt(output, size, Math.floor(at / pooledSize[1]), at % pooledSize[1]);
      pooled[at] = pooling === "max" ? Math.max(...four) : (four[0] + four[1] + four[2] + four[3]) / 4;
    }
  }
  return { padded, paddedSize, z, output, size, pooled, pooledSize: pooled ? pooledSize : null, low, high };
}

function fourAt(output, [, width], row, column) {
  const corner = 2 * (row * width + column);
  return [corner, corner + 1, corner + width, corner + width + 1].map((at) => output[at]);
}

const sameEntries = (one, other) => one.every((entry, k) => entry === other[k]);

/** The name in KERNELS of exactly this kernel, or "own". */
export function kernelName(kernel) {
  return Object.keys(KERNELS).find((name) => sameEntries(KERNELS[name], kernel)) ?? "own";
}

/** The kernel turned by 180 degrees: with it, cross-correlation computes the convolution. */
export const flipped = (kernel) => kernel.map((_, k) => kernel[8 - k]);

function flipEffect(kernel) {
  const turned = flipped(kernel);
  if (sameEntries(kernel, turned)) return "same";
  return sameEntries(kernel, turned.map((entry) => -entry)) ? "negated" : "different";
}

function flatOf(kernelSum, { bias, relu }) {
  if (Math.abs(kernelSum) < SUM_TOLERANCE) {
    if (bias === 0) return "zero";
    return relu === "relu" && bias < 0 ? "bias_cut" : "bias";
  }
  return bias === 0 && Math.abs(kernelSum - 1) <= SUM_TOLERANCE ? "same" : "other";
}

function answerOf({ relu }, maps, { z, value, pictureLike, numSmaller }) {
  const { low, high } = maps;
  if (low === high) {
    if (value !== 0) return "all_same";
    return relu === "relu" && maps.z.some((sum) => sum < 0) ? "all_cut" : "all_zero";
  }
  if (relu === "relu" && z < 0) return "cut";
  if (pictureLike) return "grey";
  if (value === high && value > 0) return "highest";
  if (value === low && value < 0) return "lowest";
  if (value === 0) return "zero";
  return numSmaller === 0 ? "smallest" : "rank";
}

/**
 * Compute everything that the lab shows.
 *
 * @param {object} settings  By the names of SCHEMA, within its ranges.
 * @param {object} picture  `height`, `width`, and `values` in base64.
 * @param {"en"|"zh"} language
 * @param {{ turned: boolean, maps: object }} view  Whether the reader has flipped the kernel; and what `convolve` gives
 *   for these settings, if it is known.
 * @returns {object}  The numbers of largemodels.kernels.KernelRun under the same names in camel case, pictures as flat
 *   lists, and `words` (every text).
 */
export function describe(settings, picture, language = "en", { turned = false, maps = convolve(settings, picture) } = {}) {
  const { kernel, stride, padding, dilation } = settings;
  const { padded, paddedSize, output, size, pooled, pooledSize, low, high } = maps;
  const row = Math.min(settings.row, size[0] - 1);
  const column = Math.min(settings.column, size[1] - 1);
  const windowRows = TAPS.map((tap) => stride * row + dilation * tap);
  const windowColumns = TAPS.map((tap) => stride * column + dilation * tap);
  const window = windowRows.flatMap((i) => windowColumns.map((j) => padded[i * paddedSize[1] + j]));
  const products = window.map((pixel, k) => pixel * kernel[k]);
  const isInside = (at, side) => at >= padding && at < padding + side;
  const inPadding = windowRows.flatMap((i) =>
    windowColumns.map((j) => !(isInside(i, picture.height) && isInside(j, picture.width))),
  );
  const at = row * size[1] + column;
  const [z, value] = [maps.z[at], output[at]];
  const [poolRow, poolColumn] = [Math.floor(row / 2), Math.floor(column / 2)];
  const isPooled = pooled !== null && poolRow < pooledSize[0] && poolColumn < pooledSize[1];

  const kernelSum = kernel.reduce((sum, entry) => sum + entry);
  const numSmaller = output.filter((other) => Math.abs(other) < Math.abs(value)).length;
  const pictureLike = Math.abs(kernelSum - 1) < PICTURE_LIKE;
  let [scaleKind, scale] = ["positive", [0, high || 1]];
  if (pictureLike) [scaleKind, scale] = ["picture", [0, 1]];
  else if (low < 0) [scaleKind, scale] = ["symmetric", [-Math.max(-low, high), Math.max(-low, high)]];

  const state = {
    ...maps,
    row,
    column,
    windowRows,
    windowColumns,
    window,
    products,
    inPadding,
    numPadding: inPadding.filter(Boolean).length,
    total: products.reduce((sum, product) => sum + product),
    value,
    poolWindow: isPooled ? fourAt(output, size, poolRow, poolColumn) : null,
    poolRow,
    poolColumn,
    poolValue: isPooled ? pooled[poolRow * pooledSize[1] + poolColumn] : null,
    scale,
    scaleKind,
    numCut: output.filter((other) => other < scale[0] || other > scale[1]).length,
    numSmaller,
    kernelSum,
    flat: flatOf(kernelSum, settings),
    preset: kernelName(kernel),
    flip: flipEffect(kernel),
    answer: answerOf(settings, maps, { z, value, pictureLike, numSmaller }),
  };
  return { ...state, words: wordsFor(settings, picture, { ...state, sum: z }, turned, STRINGS[language]) };
}

// ---------------------------------------------------------------------------------------------------------
// Words

/** A number in few signs: one digit beside a power of ten, and no digits of rounding. */
const n = (value) => formatNumber(value, Math.abs(value) < 0.001 ? 1 : 3);

/** A number for the narrow cells of a table. */
const short = (value) => formatNumber(value, Math.abs(value) < 0.001 ? 1 : Math.abs(value) < 0.1 ? 2 : 3);

function wordsFor(settings, picture, state, turned, strings) {
  const { stride, padding, dilation, bias, relu, pooling } = settings;
  const { row, column, size, pooled, pooledSize, paddedSize, kernelSum, poolWindow } = state;
  const place = { row, column };
  const sizes = { height: size[0], width: size[1] };
  const beside = bias === 0 ? "" : ` ${bias < 0 ? "−" : "+"} ${n(Math.abs(bias))}`;
  const plain = `${Math.abs(kernelSum - 1) <= SUM_TOLERANCE ? "" : `${n(kernelSum)} · `}x${beside}`;
  const values = {
    ...place,
    value: n(state.value),
    z: n(state.sum),
    centre: n(state.window[4]),
    percent: Math.floor((100 * state.numSmaller) / state.output.length),
    sum: n(kernelSum),
    bias: n(bias),
    expression: relu === "relu" ? `max(0, ${plain})` : plain,
  };
  const says = (key) => fill(strings[key], values);
  const answer = [says(`answer_${state.answer}`)];
  if (state.numPadding && !state.answer.startsWith("all_")) {
    answer.push(fill(strings.touches_padding, { count: state.numPadding }));
  }

  const inputSizes = {
    height: picture.height,
    width: picture.width,
    padded_height: paddedSize[0],
    padded_width: paddedSize[1],
  };
  const inputCaption = fill(strings[padding ? "input_padded" : "input_caption"], inputSizes);
  const inputScale = strings[padding ? "scale_input_padded" : "scale_input"];
  const outputCaption = fill(strings.output_caption, { ...sizes, low: n(state.low), high: n(state.high) });
  const scaleKey = state.scaleKind === "picture" && state.numCut ? "picture_cut" : state.scaleKind;
  const outputScale = fill(strings[`scale_${scaleKey}`], { cut: state.numCut });
  const pooledCaption = pooled
    ? fill(strings.pooled_caption, { height: pooledSize[0], width: pooledSize[1] })
    : strings[pooling === "none" ? "pooled_none" : "pooled_small"];
  const rows = state.windowRows.map((at) => at - padding).join(", ").replaceAll("-", "−");
  const columns = state.windowColumns.map((at) => at - padding).join(", ").replaceAll("-", "−");

  const sizeSum = (side) =>
    `⌊(${side} + 2 · ${padding} − ${dilation} · (3 − 1) − 1) / ${stride}⌋ + 1 = ` +
    `⌊${side + 2 * padding - dilation * 2 - 1} / ${stride}⌋ + 1`;
  const lineOfSize = (key, side, out) => fill(strings[key], { sum: sizeSum(side), out });

  const sum = [
    [strings.sum_products, n(state.total)],
    [strings.sum_bias, n(bias)],
    [strings.sum_z, n(state.sum)],
    [fill(strings[`sum_${relu}`], place), n(state.value)],
  ];
  if (poolWindow) {
    const pooledPlace = { row: state.poolRow, column: state.poolColumn };
    sum.push([fill(strings[`sum_pool_${pooling}`], pooledPlace), n(state.poolValue)]);
  } else {
    sum.push([pooled ? strings.sum_left_out : pooledCaption, ""]);
  }

  return {
    readout: fill(strings.readout, {
      name: strings[`preset_${state.preset}`],
      flat: says(`flat_${state.flat}`),
      answer: answer.join(strings.between_sentences),
    }),
    flip: strings[`${turned ? "turned" : "flip"}_${state.flip}`],
    inputCaption,
    inputScale,
    outputCaption,
    outputScale,
    scale: state.scale.map(n),
    pooledCaption,
    windowTitle: [fill(strings.window_rows, { rows }), fill(strings.window_columns, { columns })],
    window: state.window.map(short),
    products: state.products.map(short),
    sum,
    formula: [
      lineOfSize("formula_height", picture.height, size[0]),
      lineOfSize("formula_width", picture.width, size[1]),
      pooled
        ? fill(strings.formula_pooled, { ...sizes, pooled_height: pooledSize[0], pooled_width: pooledSize[1] })
        : "",
    ],
    inputLabel: fill(strings.input_label, { caption: inputCaption, scale: inputScale, rows, columns }),
    outputLabel: fill(strings.output_label, { caption: outputCaption, scale: outputScale }),
    pixelHandle: fill(strings.pixel_handle, { ...place, ...sizes, value: n(state.value) }),
  };
}

// ---------------------------------------------------------------------------------------------------------
// Pictures

// Colours as a canvas keeps them in memory: opacity, blue, green, red.
const OPAQUE = 0xff000000;
const PADDING_TILES = [0x010101, 0x583a2e];

/** Where a picture of this size stands in a square of side 1 that it just fits into. */
function fitted([height, width]) {
  const pixel = 1 / Math.max(height, width);
  return { pixel, left: (1 - width * pixel) / 2, top: (1 - height * pixel) / 2 };
}

/** The pixel of a picture under the pointer, `[row, column]` as real numbers; the first ends at 1. */
function pixelUnder(event, node, size) {
  const box = node.getBoundingClientRect();
  const { pixel, left, top } = fitted(size);
  return [
    ((event.clientY - box.top) / box.height - top) / pixel,
    ((event.clientX - box.left) / box.width - left) / pixel,
  ];
}

const squares = (rows, columns) =>
  rows.flatMap((i) => columns.map((j) => `M${j},${i}h1v1h-1z`)).join("");

const rectangle = (row, column, height, width) => `M${column},${row}h${width}v${height}h${-width}z`;

/** A picture in a square, with outlines over it. `marks` are the classes of the outlines. */
function createPicture(marks, attributes = {}, ...children) {
  const canvas = element("canvas", { role: "img" });
  const paths = marks.map((mark) => [
    svgElement("path", { class: `lm-outline-halo ${mark}-halo` }),
    svgElement("path", { class: `lm-outline ${mark}` }),
  ]);
  const svg = svgElement("svg", { "aria-hidden": "true" }, paths.flat());
  const node = element("div", { class: "lm-picture", ...attributes }, canvas, svg, ...children);

  let image = null;
  let pixels = null; // four bytes of the image at a time

  /** `grey(at)` gives the grey of a pixel, 0 to 255, or minus one of PADDING_TILES. */
  function paint([height, width], grey) {
    const context = canvas.getContext("2d");
    if (!image || canvas.width !== width || canvas.height !== height) {
      Object.assign(canvas, { width, height });
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      image = context.createImageData(width, height);
      pixels = new Uint32Array(image.data.buffer);
    }
    for (let at = 0; at < pixels.length; at += 1) {
      const shade = grey(at);
      pixels[at] = OPAQUE + (shade < 0 ? -shade : shade * 0x10101);
    }
    context.putImageData(image, 0, 0);
  }

  function outline(...shapes) {
    shapes.forEach((shape, i) => {
      for (const path of paths[i]) if (path.getAttribute("d") !== shape) path.setAttribute("d", shape);
    });
  }

  return { node, canvas, paint, outline };
}

const greyOf = (value, [low, high]) => Math.round(255 * Math.min(1, Math.max(0, (value - low) / (high - low))));

const KEYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** The three pictures; `onLook` takes the pixel under the pointer or null, `onChoose` the chosen one. */
function createPictures({ strings, controls, onLook, onChoose, signal }) {
  let shown = null;
  let dragging = false;

  const clamp = (at, side) => Math.min(side - 1, Math.max(0, at));
  const within = (place) => place.map((at, axis) => clamp(at, shown.state.size[axis]));

  function underOutput(event) {
    return within(pixelUnder(event, output.node, shown.state.size).map(Math.floor));
  }

  /** The output pixel whose window has its centre nearest to the pointer. */
  function underInput(event) {
    const { stride, dilation } = shown.settings;
    const place = pixelUnder(event, input.node, shown.state.paddedSize);
    return within(place.map((at) => Math.round((at - 0.5 - dilation) / stride)));
  }

  function listeners(under) {
    return {
      onpointermove: (event) => {
        if (!shown) return;
        if (dragging) onChoose(underOutput(event));
        else if (event.pointerType !== "touch") onLook(under(event));
      },
      onpointerleave: () => !dragging && onLook(null),
      onclick: (event) => shown && event.detail > 0 && onChoose(under(event)), // a key's click has detail 0
      signal,
    };
  }

  const handle = element("button", {
    type: "button",
    class: "lm-handle",
    onpointerdown: (event) => {
      if (event.button !== 0) return;
      dragging = true;
      handle.setPointerCapture(event.pointerId);
    },
    onlostpointercapture: () => (dragging = false),
    onkeydown: (event) => {
      const direction = KEYS[event.key];
      if (!direction || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const way = event.shiftKey ? 8 : 1;
      onChoose(within([shown.state.row, shown.state.column].map((at, axis) => at + way * direction[axis])));
    },
    signal,
  });
  const input = createPicture(["lm-border", "lm-taps", "lm-dilated"], listeners(underInput));
  const output = createPicture(["lm-pool-window", "lm-taps"], listeners(underOutput), handle);
  const pooled = createPicture(["lm-taps"]);
  const [inputCaption, outputCaption, pooledCaption] = [0, 1, 2].map(() => element("span", { class: "lm-caption" }));
  const [inputScale, outputScale] = [0, 1].map(() => element("span", { class: "lm-scale-note" }));
  const ends = [0, 1].map(() => element("span", {}));
  const bar = (low, high) =>
    element("span", { class: "lm-scale", "aria-hidden": "true" }, low, element("span", { class: "lm-scale-bar" }), high);
  const side = (caption, picture, ...below) => element("div", { class: "lm-side" }, caption, picture.node, below);
  const node = element(
    "div",
    { class: "lm-pictures" },
    side(inputCaption, input, bar("0", "1"), inputScale),
    side(outputCaption, output, bar(...ends), outputScale),
    element(
      "div",
      { class: "lm-side lm-after" },
      element("div", { class: "lm-after-controls" }, controls),
      element("div", { class: "lm-side" }, pooledCaption, pooled.node),
    ),
  );
  let drawn = null; // the output in the page
  let drawnInput = "";

  function show(settings, picture, state, chosen) {
    shown = { settings, state };
    const { words, size, paddedSize, windowRows, windowColumns, scale } = state;
    const { padding } = settings;
    if (drawnInput !== `${settings.picture} ${padding}`) {
      drawnInput = `${settings.picture} ${padding}`;
      input.paint(paddedSize, (at) => {
        const [i, j] = [Math.floor(at / paddedSize[1]), at % paddedSize[1]];
        const isPadding =
          i < padding || j < padding || i >= padding + picture.height || j >= padding + picture.width;
        return isPadding ? -PADDING_TILES[(i + j) % 2] : Math.round(255 * state.padded[at]);
      });
    }
    if (drawn !== state.output) {
      drawn = state.output;
      output.paint(size, (at) => greyOf(state.output[at], scale));
      pooled.node.dataset.empty = state.pooled === null;
      if (state.pooled) pooled.paint(state.pooledSize, (at) => greyOf(state.pooled[at], scale));
    }
    const reach = 2 * settings.dilation + 1;
    const [top, left] = [windowRows[0], windowColumns[0]];
    input.outline(
      padding ? rectangle(padding, padding, picture.height, picture.width) : "",
      rectangle(top, left, reach, reach),
      settings.dilation > 1 ? squares(windowRows, windowColumns) : "",
    );
    output.outline(
      state.poolWindow ? rectangle(2 * state.poolRow, 2 * state.poolColumn, 2, 2) : "",
      rectangle(state.row, state.column, 1, 1),
    );
    pooled.outline(state.poolWindow ? rectangle(state.poolRow, state.poolColumn, 1, 1) : "");
    const { pixel, left: marginLeft, top: marginTop } = fitted(size);
    const [row, column] = within(chosen);
    handle.style.left = `${(100 * (marginLeft + (column + 0.5) * pixel)).toFixed(3)}%`;
    handle.style.top = `${(100 * (marginTop + (row + 0.5) * pixel)).toFixed(3)}%`;
    handle.setAttribute("aria-label", words.pixelHandle);
    input.canvas.setAttribute("aria-label", words.inputLabel);
    output.canvas.setAttribute("aria-label", words.outputLabel);
    pooled.canvas.setAttribute("aria-label", words.pooledCaption);
    setText(inputCaption, words.inputCaption);
    setText(outputCaption, words.outputCaption);
    setText(pooledCaption, words.pooledCaption);
    setText(inputScale, words.inputScale);
    setText(outputScale, words.outputScale);
    ends.forEach((end, i) => setText(end, words.scale[i]));
  }

  return { node, show };
}

// ---------------------------------------------------------------------------------------------------------
// The equation: window × kernel = products, and their sum

/** A 3 × 3 table; `cells` are its nine cells. */
function createGrid(className) {
  const cells = Array.from({ length: 9 }, () => element("td", {}));
  const rows = TAPS.map((i) => element("tr", {}, cells.slice(3 * i, 3 * i + 3)));
  return { node: element("table", { class: `lm-grid-table ${className}` }, element("tbody", {}, rows)), cells };
}

const signOf = (value) => (value > 0 ? "plus" : value < 0 ? "minus" : "zero");

function createEquation({ strings, settings, onKernel, preset, flip, signal }) {
  const titleLines = [0, 1].map(() => element("div", {}));
  const window = createGrid("lm-window");
  const products = createGrid("lm-products");
  products.node.setAttribute("aria-label", strings.products_title);
  const fields = Array.from({ length: 9 }, (_, k) =>
    numberField({
      minimum: SCHEMA.kernel.minimum,
      maximum: SCHEMA.kernel.maximum,
      step: "any",
      onChange: (value) => onKernel(settings().kernel.map((entry, other) => (other === k ? value : entry))),
      signal,
      "aria-label": fill(strings.kernel_entry, { row: Math.floor(k / 3), column: k % 3 }),
    }),
  );
  const sumRows = Array.from({ length: 5 }, () => [element("th", { scope: "row" }), element("td", {})]);
  const sum = element(
    "table",
    { class: "lm-sum" },
    element("tbody", {}, sumRows.map((cells) => element("tr", {}, cells))),
  );
  const grid = { class: "lm-kernel-grid", role: "group", "aria-label": strings.kernel };
  const sign = (text, name) => element("span", { class: `lm-sign ${name}`, "aria-hidden": "true" }, text);
  const flipLine = element("p", { class: "lm-flip" });
  const node = element(
    "div",
    { class: "lm-equation" },
    element("div", { class: "lm-window-title" }, titleLines),
    window.node,
    sign("×", "lm-times"),
    element("div", { class: "lm-preset" }, preset),
    element("div", grid, fields.map((field) => field.node)),
    flip,
    flipLine,
    sign("=", "lm-equals"),
    element("div", { class: "lm-products-title" }, strings.products_title),
    products.node,
    sum,
  );

  function show({ kernel }, state) {
    const { words } = state;
    titleLines.forEach((line, i) => setText(line, words.windowTitle[i]));
    window.node.setAttribute("aria-label", words.windowTitle.join(" "));
    setText(flipLine, words.flip);
    const largest = Math.max(...state.products.map(Math.abs)) || 1;
    kernel.forEach((entry, k) => {
      const { node: field } = fields[k];
      // What is being typed is left alone; otherwise three digits are enough to read.
      if (field.valueAsNumber !== entry) fields[k].show(Number(entry.toPrecision(3)));
      field.dataset.sign = signOf(entry);
      const shade = Math.round(255 * state.window[k]);
      const cell = window.cells[k];
      setText(cell, words.window[k]);
      cell.style.background = state.inPadding[k] ? "" : `rgb(${shade}, ${shade}, ${shade})`;
      cell.dataset.on = state.inPadding[k] ? "padding" : shade < 117 ? "dark" : "bright";
      const product = products.cells[k];
      setText(product, words.products[k]);
      product.dataset.sign = signOf(state.products[k]);
      product.style.setProperty("--lm-strength", (Math.abs(state.products[k]) / largest).toFixed(2));
    });
    words.sum.forEach((texts, i) => texts.forEach((text, k) => setText(sumRows[i][k], text)));
  }

  return { node, show };
}

// ---------------------------------------------------------------------------------------------------------
// The lab

/** Build the lab in `el`. `site` is what the site's loader passes: the deep link; undefined in notebooks. */
function render({ model, el, site }) {
  let view = buildView({ model, el, site, initial: site?.initial });
  const rebuild = () => {
    view.abort();
    view = buildView({ model, el, site }); // what the address asked for has been taken up
  };
  model.on("change:language", rebuild);
  return () => {
    model.off("change:language", rebuild);
    view.abort();
    el.replaceChildren();
  };
}

/** Build the lab's elements and wire them; the returned AbortController ends all of it. */
function buildView({ model, el, site, initial }) {
  const life = new AbortController();
  const { signal } = life;
  const language = model.get("language");
  const strings = STRINGS[language];
  const pictures = model.get("pictures");
  const root = element("section", { class: "lm-lab lm-kernel-lab", lang: language, "aria-label": strings.title });
  let notice = "";
  let look = null; // the output pixel under the pointer, [row, column]
  let turned = false; // whether the kernel is one that the reader has flipped
  let lastKernel = "";
  let maps = null; // what `convolve` gave
  let mapsOf = ""; // for which settings

  const binding = bindSettings({ model, schema: SCHEMA, onChange: takeUp, signal });
  const settings = () => binding.current;
  const readout = createReadout(signal);
  const formulaLines = [0, 1, 2].map(() => element("div", {}));

  const choice = (name, values = SCHEMA[name].choices, text = (value) => strings[`${name}_${value}`]) =>
    selectControl({
      label: strings[name],
      options: values.map((value) => [String(value), text(value)]),
      onChange: (value) => binding.change({ [name]: value }),
      signal,
    });
  const whole = (name) => {
    const { minimum, maximum } = SCHEMA[name];
    return choice(name, Array.from({ length: maximum - minimum + 1 }, (_, i) => minimum + i), String);
  };
  const controls = {
    picture: choice("picture"),
    stride: whole("stride"),
    padding: whole("padding"),
    dilation: whole("dilation"),
    relu: choice("relu"),
    pooling: choice("pooling"),
    bias: sliderControl({
      label: strings.bias,
      language,
      axis: linearAxis(SCHEMA.bias.minimum, SCHEMA.bias.maximum),
      positions: 200,
      round: (value) => Math.round(value * 20) / 20 + 0,
      step: 0.05,
      onChange: (bias) => binding.change({ bias }),
      signal,
    }),
  };
  const preset = selectControl({
    label: strings.kernel,
    options: [...Object.keys(KERNELS), "own"].map((name) => [name, strings[`preset_${name}`]]),
    onChange: (name) => (KERNELS[name] ? binding.change({ kernel: KERNELS[name] }) : draw()),
    signal,
  });
  const pictureRow = createPictures({
    strings,
    controls: [controls.relu.node, controls.pooling.node],
    onLook: (place) => {
      if (String(place) === String(look)) return;
      look = place;
      draw();
    },
    onChoose: ([row, column]) => {
      look = null;
      binding.change({ row, column });
    },
    signal,
  });
  const equation = createEquation({
    strings,
    settings,
    onKernel: (kernel) => binding.change({ kernel }),
    preset: preset.node,
    flip: button(strings.flip, flip, signal),
    signal,
  });

  function flip() {
    const { kernel } = binding.current;
    turned = !turned;
    lastKernel = String(flipped(kernel));
    binding.change({ kernel: flipped(kernel) });
  }

  function takeUp(problems) {
    notice = describeProblems(problems, SCHEMA, binding.current, strings, language);
    const kernel = String(binding.current.kernel);
    if (kernel !== lastKernel) turned = false;
    lastKernel = kernel;
    draw();
  }

  function draw() {
    const { current } = binding;
    const picture = pictures[current.picture];
    const wanted = JSON.stringify({ ...current, row: 0, column: 0 });
    if (mapsOf !== wanted) {
      maps = convolve(current, picture);
      mapsOf = wanted;
    }
    const at = look ? { ...current, row: look[0], column: look[1] } : current;
    const state = describe(at, picture, language, { turned, maps });
    pictureRow.show(current, picture, state, [current.row, current.column]);
    equation.show(current, state);
    readout.show(state.words.readout, state.answer === "all_zero" || state.answer === "all_cut" ? "bad" : "open", notice);
    formulaLines.forEach((line, i) => setText(line, state.words.formula[i]));
    preset.show(state.preset);
    for (const [name, control] of Object.entries(controls)) {
      control.show(name === "bias" ? current.bias : String(current[name]));
    }
  }

  const reset = button(LAB_STRINGS[language].reset, () => binding.change(binding.initial), signal);
  root.append(
    pictureRow.node,
    readout.node,
    equation.node,
    element(
      "div",
      { class: "lm-settings" },
      controls.picture.node,
      controls.stride.node,
      controls.padding.node,
      controls.dilation.node,
      controls.bias.node,
    ),
    element("div", { class: "lm-formula" }, element("div", { class: "lm-formula-rule" }, strings.formula), formulaLines),
    element(
      "div",
      { class: "lm-buttons" },
      reset,
      linkButton(site, settings, language, signal),
      element("span", { class: "lm-code" }, strings.code, " ", element("code", {}, "np.array(lab.kernel).reshape(3, 3)")),
    ),
  );
  el.replaceChildren(root);
  watchTheme(root, signal);
  binding.change(initial ?? {});
  return life;
}

export default { render };
