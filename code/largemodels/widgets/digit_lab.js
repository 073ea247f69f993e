// DigitLab: the trained network of chapter 5 reads a digit while it is drawn (chapters 5 and 8).
//
// `describe` is the lab: a pure function from the settings, the weights and the sample digits to everything shown.
// It computes the network of largemodels/digit_cnn.py and the centring of largemodels/drawings.py; tests hold them equal.

import { bindSettings, button, createReadout, describeProblems, element, fill, LAB_STRINGS, linkButton, selectControl, setText, svgElement, themeColour, watchTheme } from "./lab.js";

export const STRINGS = {
  en: {
    title: "Digit lab",
    // Settings
    sample: "Sample digit",
    drawing: "Drawing",
    shift_x: "Moved right",
    shift_y: "Moved down",
    centre: "Centre it for me",
    centre_yes: "yes",
    centre_no: "no, as it lies",
    layer: "Layer",
    layer_conv1: "Conv 1",
    layer_pool1: "Pool 1",
    layer_conv2: "Conv 2",
    layer_pool2: "Pool 2",
    channel: "Map",
    occlusion: "Cover patches",
    occlusion_yes: "yes",
    occlusion_no: "no",
    drawing_ignored: "The drawing in the address was not understood: the one before is kept.",
    // Controls
    sheet: "Draw here",
    sheet_hint: "Mouse, finger or pen; Shift erases. Keys: arrows, Space, Shift+Space.",
    sheet_label: "Sheet of 28 × 28 pixels",
    cursor: "Row {row}, column {column}: ink {ink} %. The arrow keys move, Space inks, Shift and Space erase.",
    undo: "Undo",
    nothing_to_undo: "There is nothing to undo.",
    clear: "Clear",
    samples: "Sample digits",
    samples_hint: "underlined: misread",
    sample_label: "Sample {number}: true class {true}, read as {digit}",
    move_left: "Move left",
    move_right: "Move right",
    move_up: "Move up",
    move_down: "Move down",
    moved: "Moved by {pixels}.",
    moved_left: "{pixels} left",
    moved_right: "{pixels} right",
    moved_up: "{pixels} up",
    moved_down: "{pixels} down",
    and: ", ",
    between_sentences: " ",
    // What the network sees
    input: "What the network sees",
    input_label: "The picture that goes into the network, 28 × 28 pixels. {placement}",
    placement_blank: "Paper only.",
    placement_kept: "In MNIST's form already: ink of {height} × {width} pixels, centre of mass at row {row}, column {column}.",
    placement_moved: "Ink of {height} × {width} pixels, moved: its centre of mass is now at row {row}, column {column}.",
    placement_centred:
      "Ink of {old_height} × {old_width} pixels scaled to {height} × {width}, its centre of mass moved to row {row}, column {column}.",
    placement_as_it_lies:
      "Ink of {height} × {width} pixels; its centre of mass, row {row}, column {column}, is {distance} pixels off (14, 14).",
    covering: "Covering one patch after the other …",
    covered:
      "Orange: here a 5 × 5 patch of paper lowers the probability of {digit}; most around row {row}, column {column}, from {before} to {after}.",
    covered_nothing: "No 5 × 5 patch of paper lowers the probability of {digit} by 0.001.",
    // The answer
    probability: "Probability",
    true_class: "true",
    bars_label: "Probability of each digit",
    read: "I read {digit}: probability {p}; second {second}, {p2}.",
    read_blank:
      "Empty sheet: the network answers all the same, {digit} with probability {p}. It has ten answers, and none of them is “nothing”.",
    true_right: "The true class is {true}.",
    true_wrong: "The true class is {true}, so this is wrong.",
    true_unknown: "Whether that is right, you know.",
    // Maps
    maps: "Feature maps",
    maps_conv1: "Conv 1: 8 maps, 26 × 26",
    maps_pool1: "Pool 1: 8 maps, 13 × 13",
    maps_conv2: "Conv 2: 16 maps, 11 × 11",
    maps_pool2: "Pool 2: 16 maps, 5 × 5",
    scale: "0 to {largest}",
    map_label: "{layer}, map {channel}: largest {largest}",
    map_title: "{layer}, map {channel}",
    response: "Largest response {largest} at row {row}, column {column}: framed, the pixels it sees, rows {top}–{bottom}, columns {left}–{right}.",
    no_response: "0 everywhere: nothing in this picture makes the sum of this kernel positive.",
    response_blank: "Only biases are at work on paper: every number here is {largest}.",
    sum: "There the {count} products add up to {sum}; with the bias {bias} that is {largest}, which ReLU keeps.",
    pooled: "Pooling took it as the largest of four.",
    kernel_one: "Kernel, 3 × 3: orange positive, blue negative",
    kernel_many: "Kernel, 3 × 3 on each of the 8 maps of pool 1: orange positive, blue negative",
    kernel_label: "Weights from {smallest} to {greatest}",
  },
  zh: {
    title: "手写数字实验",
    sample: "示例数字",
    drawing: "手绘图",
    shift_x: "右移",
    shift_y: "下移",
    centre: "替我居中",
    centre_yes: "是",
    centre_no: "否，保持原位",
    layer: "层",
    layer_conv1: "卷积 1",
    layer_pool1: "池化 1",
    layer_conv2: "卷积 2",
    layer_pool2: "池化 2",
    channel: "特征图",
    occlusion: "逐块遮挡",
    occlusion_yes: "是",
    occlusion_no: "否",
    drawing_ignored: "无法识别地址中的手绘图：保留原来的图。",
    sheet: "在这里写",
    sheet_hint: "用鼠标、手指或笔；按住 Shift 擦除。键盘：方向键、空格、Shift+空格。",
    sheet_label: "28 × 28 像素的画板",
    cursor: "第 {row} 行第 {column} 列：墨量 {ink}%。方向键移动，空格落墨，Shift 加空格擦除。",
    undo: "撤销",
    nothing_to_undo: "没有可以撤销的操作。",
    clear: "清空",
    samples: "示例数字",
    samples_hint: "带下划线的：网络会读错",
    sample_label: "示例 {number}：真实类别 {true}，读作 {digit}",
    move_left: "左移",
    move_right: "右移",
    move_up: "上移",
    move_down: "下移",
    moved: "已{pixels}。",
    moved_left: "左移 {pixels}",
    moved_right: "右移 {pixels}",
    moved_up: "上移 {pixels}",
    moved_down: "下移 {pixels}",
    and: "，",
    between_sentences: "",
    input: "网络看到的图像",
    input_label: "输入网络的图像，28 × 28 像素。{placement}",
    placement_blank: "只有白纸。",
    placement_kept: "已符合 MNIST 的规格：笔迹占 {height} × {width} 像素，质心在第 {row} 行、第 {column} 列。",
    placement_moved: "笔迹占 {height} × {width} 像素，已平移：质心现在在第 {row} 行、第 {column} 列。",
    placement_centred: "笔迹由 {old_height} × {old_width} 像素缩放为 {height} × {width}，质心移到第 {row} 行、第 {column} 列。",
    placement_as_it_lies: "笔迹占 {height} × {width} 像素；质心在第 {row} 行、第 {column} 列，距 (14, 14) 有 {distance} 个像素。",
    covering: "正在逐块遮挡……",
    covered: "橙色：用 5 × 5 的白纸遮住此处，{digit} 的概率就会下降；降得最多的是第 {row} 行第 {column} 列周围，从 {before} 降到 {after}。",
    covered_nothing: "无论用 5 × 5 的白纸遮住哪里，{digit} 的概率都不会下降 0.001。",
    probability: "概率",
    true_class: "真实",
    bars_label: "每个数字的概率",
    read: "我读作 {digit}：概率 {p}；其次是 {second}，概率 {p2}。",
    read_blank: "空白画板：网络照样作答，读作 {digit}，概率 {p}。它只有十个答案，其中没有“空白”。",
    true_right: "真实类别是 {true}。",
    true_wrong: "真实类别是 {true}，所以读错了。",
    true_unknown: "对不对，只有你知道。",
    maps: "特征图",
    maps_conv1: "卷积 1：8 张，26 × 26",
    maps_pool1: "池化 1：8 张，13 × 13",
    maps_conv2: "卷积 2：16 张，11 × 11",
    maps_pool2: "池化 2：16 张，5 × 5",
    scale: "0 到 {largest}",
    map_label: "{layer}，特征图 {channel}：最大值 {largest}",
    map_title: "{layer}，特征图 {channel}",
    response: "最大响应 {largest}，在第 {row} 行第 {column} 列：方框是它看到的像素，第 {top}–{bottom} 行、第 {left}–{right} 列。",
    no_response: "处处为 0：图中没有任何地方使这个卷积核的加权和为正。",
    response_blank: "白纸上只有偏置起作用：这里的每个数都是 {largest}。",
    sum: "该处 {count} 个乘积之和为 {sum}，加上偏置 {bias} 得 {largest}，ReLU 保持不变。",
    pooled: "池化从四个值中取出了最大的这一个。",
    kernel_one: "卷积核，3 × 3：橙色为正，蓝色为负",
    kernel_many: "卷积核，对池化 1 的 8 张特征图各 3 × 3：橙色为正，蓝色为负",
    kernel_label: "权重从 {smallest} 到 {greatest}",
  },
};

const SIZE = 28;
const NUM_PIXELS = SIZE * SIZE;
const BOX = 20; // MNIST's digits were scaled to fit into 20 x 20 (LeCun et al., 1998)
const FULL_INK = 15;
const NUM_SAMPLES = 20;
const PATCH = 5;
const TIE = 1e-9; // ink as near to one place as to the next goes down or right, however its mean was rounded

/**
 * By layer: its height and width, its maps, what one of its numbers sees of the picture (so many pixels, so far from
 * those of the next), and the size at which a number is painted.
 */
export const LAYERS = {
  conv1: { side: 26, maps: 8, sees: 3, step: 1, zoom: 1 },
  pool1: { side: 13, maps: 8, sees: 4, step: 2, zoom: 2 },
  conv2: { side: 11, maps: 16, sees: 8, step: 2, zoom: 2 },
  pool2: { side: 5, maps: 16, sees: 10, step: 4, zoom: 5 },
};

/** The settings, their ranges and choices, as the Python class has them. A drawing is any text that can be read. */
export const SCHEMA = {
  sample: { minimum: -1, maximum: NUM_SAMPLES - 1, whole: true },
  drawing: { choices: { includes: (text) => decodeDrawing(text) !== null } },
  shift_x: { minimum: -8, maximum: 8, whole: true },
  shift_y: { minimum: -8, maximum: 8, whole: true },
  centre: { choices: ["yes", "no"] },
  layer: { choices: Object.keys(LAYERS) },
  channel: { minimum: 0, maximum: 15, whole: true },
  occlusion: { choices: ["no", "yes"] },
};

// ---------------------------------------------------------------------------------------------------------
// Drawings: sixteen levels of ink, as text

const LEVELS = "0123456789abcdef";
const PAPER_RUNS = "ghijklmnopqrstuvwxyz"; // 2 to 21 pixels of paper
const INK_RUNS = PAPER_RUNS.toUpperCase(); // 2 to 21 pixels of full ink
const SHORTEST_RUN = 2;

/** Write 784 levels of ink, 0 to 15, as text, leaving out paper at the end. */
export function encodeDrawing(levels) {
  let end = NUM_PIXELS;
  while (end > 0 && levels[end - 1] === 0) end -= 1;
  let text = "";
  for (let at = 0; at < end; ) {
    const level = levels[at];
    let run = 1;
    if (level === 0 || level === FULL_INK) {
      const longest = Math.min(SHORTEST_RUN + PAPER_RUNS.length - 1, end - at);
      while (run < longest && levels[at + run] === level) run += 1;
    }
    text += run < SHORTEST_RUN ? LEVELS[level] : (level ? INK_RUNS : PAPER_RUNS)[run - SHORTEST_RUN];
    at += run;
  }
  return text;
}

/** Read 784 levels of ink from text; null if it is none, holds another character, or has too many pixels. */
export function decodeDrawing(text) {
  if (typeof text !== "string") return null;
  const levels = [];
  for (const character of text) {
    const level = LEVELS.indexOf(character);
    const paper = PAPER_RUNS.indexOf(character);
    const ink = INK_RUNS.indexOf(character);
    if (level >= 0) levels.push(level);
    else if (paper >= 0) levels.push(...Array(SHORTEST_RUN + paper).fill(0));
    else if (ink >= 0) levels.push(...Array(SHORTEST_RUN + ink).fill(FULL_INK));
    else return null;
    if (levels.length > NUM_PIXELS) return null;
  }
  return [...levels, ...Array(NUM_PIXELS - levels.length).fill(0)];
}

const BRUSH_RADIUS = 1.2;

/**
 * Draw, or erase, along the way from one point to another with a round, soft-edged brush.
 * @param {number[]} levels  784 levels of ink; left as they are.
 * @param {number[]} from  [x, y] in pixels from the upper left corner of the sheet.
 */
export function stroke(levels, from, to, erases = false) {
  const drawn = [...levels];
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const squared = dx * dx + dy * dy;
  const reach = BRUSH_RADIUS + 0.5;
  const range = (a, b) => [
    Math.max(0, Math.floor(Math.min(a, b) - reach)),
    Math.min(SIZE - 1, Math.ceil(Math.max(a, b) + reach)),
  ];
  const [left, right] = range(from[0], to[0]);
  const [top, bottom] = range(from[1], to[1]);
  for (let row = top; row <= bottom; row += 1) {
    for (let column = left; column <= right; column += 1) {
      const [x, y] = [column + 0.5 - from[0], row + 0.5 - from[1]];
      const share = squared > 0 ? Math.min(1, Math.max(0, (x * dx + y * dy) / squared)) : 0;
      const distance = Math.hypot(x - share * dx, y - share * dy);
      const ink = Math.round(FULL_INK * Math.min(1, Math.max(0, reach - distance)));
      const at = row * SIZE + column;
      drawn[at] = erases ? Math.min(drawn[at], FULL_INK - ink) : Math.max(drawn[at], ink);
    }
  }
  return drawn;
}

// ---------------------------------------------------------------------------------------------------------
// From the sheet to the network's picture

/** A function that remembers its last answer, for inputs that hardly ever change. */
function remembering(compute) {
  let known;
  let answer;
  return (input) => {
    if (input !== known) [known, answer] = [input, compute(input)];
    return answer;
  };
}

const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** The sample digits' pixels, as single precision has them: load_digits_28 does. */
const samplePixels = remembering((base64) => Float64Array.from(bytesOf(base64), (byte) => Math.fround(byte / 255)));

function sampleImage(samples, index) {
  return Array.from(samplePixels(samples.pixels).subarray(index * NUM_PIXELS, (index + 1) * NUM_PIXELS));
}

/** Move an image by whole pixels; paper comes in. */
export function shiftImage(image, right, down) {
  return image.map((_, at) => {
    const row = Math.floor(at / SIZE) - down;
    const column = (at % SIZE) - right;
    return row >= 0 && row < SIZE && column >= 0 && column < SIZE ? image[row * SIZE + column] : 0;
  });
}

/** What lies on the sheet: the sample or the drawing, moved. */
function sheetOf({ sample, drawing, shift_x: right, shift_y: down }, samples) {
  const image = sample >= 0 ? sampleImage(samples, sample) : decodeDrawing(drawing).map((level) => level / FULL_INK);
  return shiftImage(image, right, down);
}

/** The rows and columns that hold ink, and the ink's centre of mass; null without ink. */
export function inkOf(image) {
  let [top, bottom, left, right] = [SIZE, -1, SIZE, -1];
  let [total, byRow, byColumn] = [0, 0, 0];
  image.forEach((ink, at) => {
    if (ink === 0) return;
    const row = Math.floor(at / SIZE);
    const column = at % SIZE;
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
    [left, right] = [Math.min(left, column), Math.max(right, column)];
    total += ink;
    byRow += ink * row;
    byColumn += ink * column;
  });
  if (bottom < 0) return null;
  return { top, left, height: bottom - top + 1, width: right - left + 1, row: byRow / total, column: byColumn / total };
}

/** For each of `count` new pixels, the weights of the old ones in it: a triangle. */
function resampling(old, count) {
  const scale = old / count;
  const reach = Math.max(1, scale);
  return Array.from({ length: count }, (_, i) => {
    const place = (i + 0.5) * scale - 0.5;
    const weights = Array.from({ length: old }, (__, k) => Math.max(0, 1 - Math.abs(k - place) / reach));
    const total = weights.reduce((sum, weight) => sum + weight);
    return weights.map((weight) => weight / total);
  });
}

/** Scale the ink to fit into 20 x 20 and bring its centre of mass to (14, 14), as the makers of MNIST did. */
export function centreDigit(image) {
  const ink = inkOf(image);
  if (!ink) return image;
  const longer = Math.max(ink.height, ink.width);
  let { height, width } = ink;
  let rows = Array.from({ length: height }, (_, i) => {
    const start = (ink.top + i) * SIZE + ink.left;
    return image.slice(start, start + width);
  });
  if (longer !== BOX) {
    [height, width] = [height, width].map((side) => Math.max(1, Math.floor((side * BOX) / longer + 0.5)));
    const across = resampling(ink.width, width);
    const dot = (weights, values) => weights.reduce((sum, weight, k) => sum + weight * values[k], 0);
    const narrowed = rows.map((row) => across.map((weights) => dot(weights, row)));
    rows = resampling(ink.height, height).map((weights) =>
      across.map((_, j) => weights.reduce((sum, weight, k) => sum + weight * narrowed[k][j], 0)),
    );
  }
  const cornered = Array(NUM_PIXELS).fill(0);
  rows.forEach((row, i) => row.forEach((value, j) => (cornered[i * SIZE + j] = value)));
  const mean = inkOf(cornered);
  const start = (side, at) => Math.min(SIZE - side, Math.max(0, Math.floor(SIZE / 2 - at + 0.5 + TIE)));
  return shiftImage(cornered, start(width, mean.column), start(height, mean.row));
}

// ---------------------------------------------------------------------------------------------------------
// The network

const PARAMETERS = { W1: 72, b1: 8, W2: 1152, b2: 16, W3: 4000, b3: 10 };

/** The weights by name, from the bytes of all of them in single precision, lowest byte first. */
const networkOf = remembering((base64) => {
  const view = new DataView(bytesOf(base64).buffer);
  let at = 0;
  const next = () => view.getFloat32(4 * at++, true);
  return Object.fromEntries(Object.entries(PARAMETERS).map(([name, size]) => [name, Float64Array.from({ length: size }, next)]));
});

/** A 3 x 3 convolution with ReLU: `input` (side, side, C_in), `W` (3, 3, C_in, C_out), all row by row, channels last. */
function convolve(input, side, numIn, W, b) {
  const numOut = b.length;
  const outSide = side - 2;
  const output = new Float64Array(outSide * outSide * numOut);
  const sums = new Float64Array(numOut);
  for (let i = 0, at = 0; i < outSide; i += 1) {
    for (let j = 0; j < outSide; j += 1) {
      sums.fill(0);
      for (let u = 0; u < 3; u += 1) {
        for (let v = 0; v < 3; v += 1) {
          const start = ((i + u) * side + j + v) * numIn;
          for (let c = 0; c < numIn; c += 1) {
            const value = input[start + c];
            if (value === 0) continue; // more than half of all inputs are paper, or were cut off by a ReLU
            const weights = ((u * 3 + v) * numIn + c) * numOut;
            for (let o = 0; o < numOut; o += 1) sums[o] += value * W[weights + o];
          }
        }
      }
      for (let o = 0; o < numOut; o += 1, at += 1) output[at] = Math.max(0, sums[o] + b[o]);
    }
  }
  return output;
}

/** The largest of each 2 x 2 square. */
function maxPool(input, side, maps) {
  const outSide = side >> 1;
  const output = new Float64Array(outSide * outSide * maps);
  for (let i = 0, at = 0; i < outSide; i += 1) {
    for (let j = 0; j < outSide; j += 1) {
      const start = (2 * i * side + 2 * j) * maps;
      const below = start + side * maps;
      for (let c = 0; c < maps; c += 1, at += 1) {
        output[at] = Math.max(input[start + c], input[start + maps + c], input[below + c], input[below + maps + c]);
      }
    }
  }
  return output;
}

function softmax(logits) {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const total = powers.reduce((sum, power) => sum + power);
  return powers.map((power) => power / total);
}

/**
 * Every layer of the network for one picture.
 * @param {string} network  The weights; see `networkOf`.
 * @param {number[]} picture  784 pixels, 0 is paper and 1 full ink.
 */
export function forward(network, picture) {
  const { W1, b1, W2, b2, W3, b3 } = networkOf(network);
  const conv1 = convolve(picture, SIZE, 1, W1, b1);
  const pool1 = maxPool(conv1, 26, 8);
  const conv2 = convolve(pool1, 13, 8, W2, b2);
  const pool2 = maxPool(conv2, 11, 16);
  const logits = Array(10).fill(0);
  pool2.forEach((value, k) => {
    if (value === 0) return;
    for (let digit = 0; digit < 10; digit += 1) logits[digit] += value * W3[k * 10 + digit];
  });
  for (let digit = 0; digit < 10; digit += 1) logits[digit] += b3[digit];
  return { conv1, pool1, conv2, pool2, logits, probabilities: softmax(logits) };
}

/** The ten probabilities for each of several pictures. */
export function probabilities(network, pictures) {
  return pictures.map((picture) => forward(network, picture).probabilities);
}

/** How many places a patch of 5 x 5 has in one direction. */
export const NUM_PLACES = SIZE - PATCH + 1;

/** The probability of `digit` with a patch of paper laid at each place of one row; `uncovered` is that without. */
export function coverRow(network, picture, digit, row, uncovered) {
  return Array.from({ length: NUM_PLACES }, (_, column) => {
    const covered = picture.slice();
    let hides = false;
    for (let i = row; i < row + PATCH; i += 1) {
      for (let j = column; j < column + PATCH; j += 1) {
        hides ||= covered[i * SIZE + j] !== 0;
        covered[i * SIZE + j] = 0;
      }
    }
    return hides ? forward(network, covered).probabilities[digit] : uncovered;
  });
}

// ---------------------------------------------------------------------------------------------------------
// Everything shown

/** The map that is looked at: its kernel and its largest response. */
function lookedAt({ layer, channel: asked }, layers, picture, isBlank, network) {
  const { side, maps, sees, step } = LAYERS[layer];
  const channel = Math.min(asked, maps - 1);
  const values = layers[layer];
  let at = channel;
  for (let k = channel; k < values.length; k += maps) if (values[k] > values[at]) at = k;
  const largest = values[at];
  const row = Math.floor(at / maps / side);
  const column = Math.floor(at / maps) % side;

  const isFirst = maps === 8;
  const { W1, b1, W2, b2 } = networkOf(network);
  const [W, b, input, inputSide, numIn, conv] = isFirst
    ? [W1, b1, picture, SIZE, 1, "conv1"]
    : [W2, b2, layers.pool1, 13, 8, "conv2"];
  const kernel = Array.from({ length: 9 * numIn }, (_, k) => W[k * maps + channel]);
  const state = { layer, channel, largest, row, column, kernel, bias: b[channel], field: null, sum: null };
  if (largest === 0 || isBlank) return state;

  // Where in the convolution's output the response is: itself, or the largest of the pooled four.
  let [i, j] = [row, column];
  if (layer !== conv) {
    const { side: convSide } = LAYERS[conv];
    const four = [0, 1, 2, 3].map((k) => [2 * row + (k >> 1), 2 * column + (k & 1)]);
    [i, j] = four.find(([r, c]) => layers[conv][(r * convSide + c) * maps + channel] === largest);
  }
  state.sum = 0;
  kernel.forEach((weight, k) => {
    const place = Math.floor(k / numIn);
    const pixel = (i + Math.floor(place / 3)) * inputSide + j + (place % 3);
    state.sum += weight * input[pixel * numIn + (k % numIn)];
  });
  state.field = { top: step * row, left: step * column, side: sees };
  return state;
}

/**
 * Compute everything that the lab shows.
 *
 * @param {object} settings  By the names of SCHEMA, within its ranges.
 * @param {{ network: string, samples: { pixels: string, classes: number[] } }} data
 * @param {"en"|"zh"} language
 * @returns {object}  `sheet` and `picture` (784 pixels each: what lies on the sheet, what the network sees), `layers` (see
 *   `forward`), `order` (the digits, most probable first), `trueClass` or null, `verdict`, `tone`, `ink` (see `inkOf`),
 *   `largest` (by layer), `map` (the one looked at) and `words`.
 */
export function describe(settings, { network, samples }, language = "en") {
  const sheet = sheetOf(settings, samples);
  const picture = settings.centre === "yes" ? centreDigit(sheet) : sheet;
  const layers = forward(network, picture);
  const order = layers.probabilities.map((_, digit) => digit);
  order.sort((first, second) => layers.probabilities[second] - layers.probabilities[first]);
  const trueClass = settings.sample >= 0 ? samples.classes[settings.sample] : null;
  const ink = { sheet: inkOf(sheet), picture: inkOf(picture) };
  let verdict = "unknown";
  if (!ink.picture) verdict = "blank";
  else if (trueClass !== null) verdict = order[0] === trueClass ? "right" : "wrong";
  const tone = { right: "good", wrong: "bad" }[verdict] ?? "open";
  const largest = Object.fromEntries(Object.keys(LAYERS).map((name) => [name, layers[name].reduce((a, b) => Math.max(a, b))]));
  const map = lookedAt(settings, layers, picture, verdict === "blank", network);
  const state = { sheet, picture, layers, order, trueClass, verdict, tone, ink, largest, map };
  return { ...state, words: wordsFor(settings, state, STRINGS[language]) };
}

const fixed = (value, digits = 2) => {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
};

function probabilityText(p) {
  if (p >= 0.9995) return "> 0.999";
  return p < 0.0005 ? "< 0.001" : p.toFixed(3);
}

function placementText({ centre }, { sheet, picture, ink }, strings) {
  if (!ink.picture) return strings.placement_blank;
  const { height, width, row, column } = ink.picture;
  const isKept = picture.every((value, at) => value === sheet[at]);
  const isScaled = Math.max(ink.sheet.height, ink.sheet.width) !== BOX;
  const kind = centre === "no" ? "as_it_lies" : isKept ? "kept" : isScaled ? "centred" : "moved";
  return fill(strings[`placement_${kind}`], {
    height,
    width,
    old_height: ink.sheet.height,
    old_width: ink.sheet.width,
    row: fixed(row, 1),
    column: fixed(column, 1),
    distance: fixed(Math.hypot(row - SIZE / 2, column - SIZE / 2), 1),
  });
}

function wordsFor(settings, state, strings) {
  const { layers, order, trueClass, verdict, largest, map } = state;
  const { shift_x: x, shift_y: y } = settings;
  const [digit, second] = order;
  const pixels = [
    x !== 0 && fill(strings[x > 0 ? "moved_right" : "moved_left"], { pixels: Math.abs(x) }),
    y !== 0 && fill(strings[y > 0 ? "moved_down" : "moved_up"], { pixels: Math.abs(y) }),
  ];
  const values = {
    digit,
    second,
    p: probabilityText(layers.probabilities[digit]),
    p2: probabilityText(layers.probabilities[second]),
    true: trueClass,
    pixels: pixels.filter(Boolean).join(strings.and),
  };
  const say = (keys) => keys.map((key) => fill(strings[key], values)).join(strings.between_sentences);
  const sentences = verdict === "blank" ? ["read_blank"] : ["read", `true_${verdict}`];
  if (verdict !== "blank" && values.pixels) sentences.push("moved");
  const placement = placementText(settings, state, strings);
  const layerName = strings[`layer_${map.layer}`];
  const response = ["no_response"];
  if (verdict === "blank") response[0] = "response_blank";
  else if (map.field) response.splice(0, 1, "response", "sum", ...(map.layer.startsWith("pool") ? ["pooled"] : []));
  const { top, left, side } = map.field ?? {};
  Object.assign(values, { row: map.row, column: map.column, top, left, bottom: top + side - 1, right: left + side - 1 });
  Object.assign(values, { count: map.kernel.length, largest: fixed(map.largest, 3), bias: fixed(map.bias, 3) });
  if (map.field) values.sum = fixed(map.sum, 3);
  return {
    readout: say(sentences),
    bars: layers.probabilities.map(probabilityText),
    placement,
    inputLabel: fill(strings.input_label, { placement }),
    scales: Object.fromEntries(
      Object.entries(largest).map(([name, value]) => [name, fill(strings.scale, { largest: fixed(value) })]),
    ),
    mapTitle: fill(strings.map_title, { layer: layerName, channel: map.channel }),
    mapLabel: fill(strings.map_label, { layer: layerName, channel: map.channel, largest: fixed(map.largest) }),
    response: say(response),
    kernelTitle: strings[map.kernel.length === 9 ? "kernel_one" : "kernel_many"],
    kernelLabel: fill(strings.kernel_label, {
      smallest: fixed(Math.min(...map.kernel)),
      greatest: fixed(Math.max(...map.kernel)),
    }),
    weights: map.kernel.length === 9 ? map.kernel.map((weight) => fixed(weight)) : [],
  };
}

/**
 * What covering has shown.
 * @param {number[][]} rows  24 rows of `coverRow`.
 * @returns {{ lowest, row, column, words: string }}  The middle of the patch that matters most, and what is left there.
 */
export function describeCovering(rows, { order, layers }, language = "en") {
  const digit = order[0];
  const before = layers.probabilities[digit];
  let [lowest, row, column] = [Infinity, 0, 0];
  rows.forEach((places, i) =>
    places.forEach((probability, j) => {
      if (probability < lowest) [lowest, row, column] = [probability, i + (PATCH >> 1), j + (PATCH >> 1)];
    }),
  );
  const key = before - lowest < 0.001 ? "covered_nothing" : "covered";
  const values = { digit, row, column, before: probabilityText(before), after: probabilityText(lowest) };
  return { lowest, row, column, words: fill(STRINGS[language][key], values) };
}

/** What the network reads in each sample digit, as it is. */
export function readSamples({ network, samples }) {
  return samples.classes.map((_, index) => {
    const { probabilities: shares } = forward(network, sampleImage(samples, index));
    return shares.indexOf(Math.max(...shares));
  });
}

// ---------------------------------------------------------------------------------------------------------
// Pictures

const COLOURS = {
  page: "--lm-paper",
  paper: "--lm-digit-paper",
  ink: "--lm-digit-ink",
  plus: "--lm-digit-plus",
  minus: "--lm-digit-minus",
};

const mix = (from, to, share) => from.map((part, i) => part + (to[i] - part) * share);

/** A colour as the four bytes of a canvas's pixel, red lowest. */
const packed = ([red, green, blue]) => ((255 << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0;

/** The colours of the style sheet, read once for each theme. */
function createColours(root) {
  let theme = null;
  let colours = null;
  return () => {
    if (theme !== root.dataset.lmTheme) {
      theme = root.dataset.lmTheme;
      colours = Object.fromEntries(Object.entries(COLOURS).map(([name, variable]) => [name, themeColour(root, variable)]));
      // 256 shades of ink, worked out once: a frame has 35,000 pixels.
      colours.shades = Array.from({ length: 256 }, (_, i) => packed(mix(colours.paper, colours.ink, i / 255)));
    }
    return colours;
  };
}

const shadeOf = ({ shades }, share) => shades[Math.round(255 * Math.min(1, share))];

/** A canvas that is painted pixel by pixel: `colourAt(row, column)` is packed. */
function createCanvas() {
  const node = element("canvas", { width: 1, height: 1, "aria-hidden": "true" });
  const context = node.getContext("2d");
  let image = null;
  let pixels = null;

  function paint(height, width, colourAt) {
    if (image?.width !== width || image.height !== height) {
      [node.width, node.height] = [width, height];
      image = context.createImageData(width, height);
      pixels = new Uint32Array(image.data.buffer);
    }
    for (let row = 0, at = 0; row < height; row += 1) {
      for (let column = 0; column < width; column += 1, at += 1) pixels[at] = colourAt(row, column);
    }
    context.putImageData(image, 0, 0);
  }

  return { node, paint };
}

/** A square picture with a frame around some of its pixels. */
function createFramed(name) {
  const canvas = createCanvas();
  const halo = svgElement("rect", { class: "lm-digit-halo" });
  const frame = svgElement("rect", { class: "lm-digit-frame" });
  const svg = svgElement("svg", { "aria-hidden": "true" }, halo, frame);
  const node = element("div", { class: `lm-digit-picture ${name}`, role: "img" }, canvas.node, svg);

  function show(label, side, field, colourAt) {
    node.setAttribute("aria-label", label);
    svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
    for (const rect of [halo, frame]) {
      rect.setAttribute("visibility", field ? "visible" : "hidden");
      if (!field) continue;
      const { left, top, side: size } = field;
      Object.entries({ x: left, y: top, width: size, height: size }).forEach(([key, value]) => rect.setAttribute(key, value));
    }
    canvas.paint(side, side, colourAt);
  }

  return { node, show };
}

/** The sheet: what is drawn on it, by pointer or by keys. `onStroke(levels, isNew)` is called once a frame at most. */
function createSheet({ strings, colours, signal, onStroke }) {
  const canvas = createCanvas();
  const cursor = element("button", { type: "button", class: "lm-digit-cursor", onkeydown: byKey, signal });
  const node = element(
    "div",
    {
      class: "lm-digit-picture lm-digit-sheet",
      role: "group",
      "aria-label": strings.sheet_label,
      onpointerdown: grab,
      onpointermove: drag,
      onpointerup: release,
      onpointercancel: release,
      signal,
    },
    canvas.node,
    cursor,
  );
  let [row, column] = [SIZE / 2, SIZE / 2];
  let shown = []; // the sheet's ink, 0 to 1
  let levels = null; // of the stroke that is being drawn
  let pointer = null; // its id
  let last = null; // where it was, in pixels of the sheet
  let isNew = false;
  let frame = 0;

  const begin = () => {
    levels = shown.map((ink) => Math.round(FULL_INK * ink));
    isNew = true;
  };

  function hand() {
    cancelAnimationFrame(frame);
    frame = 0;
    onStroke(levels, isNew);
    isNew = false;
  }

  function placeOf({ clientX, clientY }) {
    const box = canvas.node.getBoundingClientRect();
    return [((clientX - box.left) / box.width) * SIZE, ((clientY - box.top) / box.height) * SIZE];
  }

  function strokeTo(event) {
    const place = placeOf(event);
    levels = stroke(levels, last ?? place, place, event.shiftKey);
    last = place;
    [column, row] = place.map((at) => Math.min(SIZE - 1, Math.max(0, Math.floor(at))));
  }

  function grab(event) {
    if (event.button !== 0 || pointer !== null) return;
    event.preventDefault(); // no text is selected
    cursor.focus({ preventScroll: true });
    node.setPointerCapture(event.pointerId);
    pointer = event.pointerId;
    last = null;
    begin();
    strokeTo(event);
    hand();
  }

  function drag(event) {
    if (event.pointerId !== pointer) return;
    // A frame may hold several moves of a fast hand.
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const move of moves.length ? moves : [event]) strokeTo(move);
    if (!frame) frame = requestAnimationFrame(hand);
  }

  function release(event) {
    if (event.pointerId !== pointer) return;
    pointer = null;
    if (frame) hand();
  }

  function byKey(event) {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (step) {
      [row, column] = [row + step[0], column + step[1]].map((at) => Math.min(SIZE - 1, Math.max(0, at)));
      showCursor();
    } else if (event.key === " ") {
      const middle = [column + 0.5, row + 0.5];
      begin();
      levels = stroke(levels, middle, middle, event.shiftKey);
      hand();
    } else {
      return;
    }
    event.preventDefault();
  }

  function showCursor() {
    cursor.style.left = `${(100 * column) / SIZE}%`;
    cursor.style.top = `${(100 * row) / SIZE}%`;
    const ink = Math.round(100 * shown[row * SIZE + column]);
    cursor.setAttribute("aria-label", fill(strings.cursor, { row, column, ink }));
  }

  function show(sheet) {
    shown = sheet;
    const palette = colours();
    canvas.paint(SIZE, SIZE, (i, j) => shadeOf(palette, sheet[i * SIZE + j]));
    showCursor();
  }

  signal.addEventListener("abort", () => cancelAnimationFrame(frame));
  return { node, show };
}

/** What the network sees, framed where the map's largest response looks, coloured where covering lowers the answer. */
function createInput({ colours }) {
  const picture = createFramed("lm-digit-input");
  const placement = element("p", { class: "lm-digit-note lm-digit-placement" });
  const covered = element("p", { class: "lm-digit-note lm-digit-covered" });

  /** `rows` holds what covering gave so far, or null; `coveredText` says it. */
  function show({ picture: pixels, map, order, layers, words }, rows, coveredText) {
    const palette = colours();
    const before = layers.probabilities[order[0]];
    const half = PATCH >> 1;
    picture.show(words.inputLabel, SIZE, map.field, (i, j) => {
      const ink = pixels[i * SIZE + j];
      const fall = 1 - (rows?.[i - half]?.[j - half] ?? before) / before;
      if (fall <= 0) return shadeOf(palette, ink);
      return packed(mix(mix(palette.paper, palette.ink, ink), palette.plus, 0.85 * fall));
    });
    setText(placement, words.placement);
    setText(covered, coveredText);
  }

  return { picture: picture.node, placement, covered, show };
}

/** The ten probabilities. */
function createBars(strings) {
  const rows = Array.from({ length: 10 }, (_, digit) => {
    const bar = element("div", { class: "lm-digit-bar" });
    const number = element("td", { class: "lm-digit-number" });
    const mark = element("span", { class: "lm-digit-true" }, strings.true_class);
    const head = element("th", { scope: "row" }, String(digit), mark);
    const node = element("tr", {}, head, element("td", { class: "lm-digit-track" }, bar), number);
    return { node, bar, number, mark };
  });
  const node = element(
    "table",
    { class: "lm-digit-bars", "aria-label": strings.bars_label },
    element("tbody", {}, rows.map((row) => row.node)),
  );

  function show({ layers, order, trueClass, words }) {
    rows.forEach((row, digit) => {
      row.bar.style.transform = `scaleX(${layers.probabilities[digit].toFixed(4)})`;
      setText(row.number, words.bars[digit]);
      row.node.classList.toggle("lm-digit-first", digit === order[0]);
      row.mark.hidden = digit !== trueClass;
    });
  }

  return { node, show };
}

/** Make a choice among buttons by one Tab stop and the arrow keys; `next(index, step)` leads on from a button. */
function createRadios(nodes, { signal, onChoose, next }) {
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  nodes.forEach((node, index) => {
    node.addEventListener("click", () => onChoose(index), { signal });
    node.addEventListener(
      "keydown",
      (event) => {
        const step = steps[event.key];
        if (!step) return;
        event.preventDefault();
        const reached = next(index, step);
        nodes[reached].focus();
        onChoose(reached);
      },
      { signal },
    );
  });
  let chosen = null;
  return (index) => {
    if (index === chosen) return;
    chosen = index;
    nodes.forEach((node, i) => {
      node.setAttribute("aria-checked", String(i === index));
      node.tabIndex = i === Math.max(0, index) ? 0 : -1;
    });
  };
}

const radio = (name, ...children) =>
  element("button", { type: "button", role: "radio", class: `lm-digit-radio ${name}` }, ...children);

/** The sample digits to choose from. */
function createSamples({ data, strings, colours, signal, onChoose }) {
  const read = readSamples(data);
  const canvases = read.map(createCanvas);
  const nodes = read.map((digit, index) => {
    const trueClass = data.samples.classes[index];
    const node = radio(digit === trueClass ? "" : "lm-digit-misread", canvases[index].node);
    node.setAttribute("aria-label", fill(strings.sample_label, { number: index, true: trueClass, digit }));
    return node;
  });
  const next = (index, [down, right]) => (index + down + right + nodes.length) % nodes.length;
  const check = createRadios(nodes, { signal, onChoose, next });
  const node = element(
    "div",
    { class: "lm-digit-samples" },
    element("span", { class: "lm-digit-head" }, strings.samples, element("span", { class: "lm-digit-note" }, strings.samples_hint)),
    element("div", { class: "lm-digit-strip", role: "radiogroup", "aria-label": strings.samples }, nodes),
  );

  function repaint() {
    const palette = colours();
    canvases.forEach((canvas, index) => {
      const image = sampleImage(data.samples, index);
      canvas.paint(SIZE, SIZE, (i, j) => shadeOf(palette, image[i * SIZE + j]));
    });
  }

  return { node, show: check, repaint };
}

const MAPS_IN_ROW = 8;

/** All maps of the four layers; one is looked at. A layer is one canvas under its maps' buttons: 48 would be slow. */
function createMaps({ strings, colours, signal, onChoose }) {
  const names = Object.keys(LAYERS);
  const places = names.flatMap((layer) => Array.from({ length: LAYERS[layer].maps }, (_, channel) => ({ layer, channel })));
  const indexOf = (layer, channel) => places.findIndex((place) => place.layer === layer && place.channel === channel);
  const nodes = places.map(() => radio(""));
  const next = (index, [down, right]) => {
    if (right) return (index + right + places.length) % places.length;
    const { layer, channel } = places[index];
    const reached = names[Math.min(names.length - 1, Math.max(0, names.indexOf(layer) + down))];
    return indexOf(reached, Math.min(channel, LAYERS[reached].maps - 1));
  };
  const check = createRadios(nodes, { signal, onChoose: (index) => onChoose(places[index].layer, places[index].channel), next });
  places.forEach(({ layer, channel }, i) =>
    nodes[i].setAttribute("aria-label", fill(strings.map_title, { layer: strings[`layer_${layer}`], channel })),
  );
  const canvases = names.map(createCanvas);
  const scales = names.map(() => element("span", { class: "lm-digit-note" }));
  const groups = names.map((layer, n) =>
    element(
      "div",
      {},
      element("span", { class: "lm-digit-head" }, strings[`maps_${layer}`], scales[n]),
      element(
        "div",
        { class: "lm-digit-strip lm-digit-joined" },
        canvases[n].node,
        nodes.filter((_, i) => places[i].layer === layer),
      ),
    ),
  );
  const node = element("div", { class: "lm-digit-maps", role: "radiogroup", "aria-label": strings.maps }, groups);

  function show({ layers, largest, map, words }) {
    const palette = colours();
    const gap = packed(palette.page);
    names.forEach((layer, n) => {
      const { side, maps, zoom } = LAYERS[layer];
      const values = layers[layer];
      const scale = 1 / (largest[layer] || 1);
      const cell = side * zoom + 2; // with a pixel of gap on every side
      canvases[n].paint((cell * maps) / MAPS_IN_ROW, cell * MAPS_IN_ROW, (row, column) => {
        const [y, x] = [(row % cell) - 1, (column % cell) - 1];
        if (x < 0 || y < 0 || x >= cell - 2 || y >= cell - 2) return gap;
        const channel = Math.floor(row / cell) * MAPS_IN_ROW + Math.floor(column / cell);
        return shadeOf(palette, values[(Math.floor(y / zoom) * side + Math.floor(x / zoom)) * maps + channel] * scale);
      });
      setText(scales[n], words.scales[layer]);
    });
    check(indexOf(map.layer, map.channel));
  }

  return { node, show };
}

/** The map that is looked at, its kernel, and its largest response worked out. */
function createDetails({ colours }) {
  const title = element("span", { class: "lm-digit-head" });
  const picture = createFramed("lm-digit-map");
  const kernels = createCanvas();
  const kernelTitle = element("p", { class: "lm-digit-note" });
  const kernelNode = element("div", { class: "lm-digit-kernels", role: "img" }, kernels.node);
  const weights = Array.from({ length: 9 }, () => element("span", {}));
  const weightsNode = element("div", { class: "lm-digit-weights" }, weights);
  const response = element("p", { class: "lm-digit-text" });
  const node = element(
    "div",
    { class: "lm-digit-details" },
    title,
    picture.node,
    element("div", { class: "lm-digit-kernel" }, kernelTitle, element("div", { class: "lm-digit-row" }, kernelNode, weightsNode)),
    response,
  );

  function show({ map, layers, largest, words }) {
    const palette = colours();
    const { side, maps } = LAYERS[map.layer];
    const scale = 1 / (largest[map.layer] || 1);
    const field = map.field && { top: map.row, left: map.column, side: 1 };
    picture.show(words.mapLabel, side, field, (i, j) =>
      shadeOf(palette, layers[map.layer][(i * side + j) * maps + map.channel] * scale),
    );
    const numIn = map.kernel.length / 9;
    const strongest = Math.max(...map.kernel.map(Math.abs));
    const [rows, columns] = numIn === 1 ? [1, 1] : [2, 4];
    kernels.paint(4 * rows - 1, 4 * columns - 1, (row, column) => {
      const [u, v] = [row % 4, column % 4];
      if (u === 3 || v === 3) return packed(palette.page);
      const c = Math.floor(row / 4) * columns + Math.floor(column / 4);
      const weight = map.kernel[(u * 3 + v) * numIn + c] / strongest;
      return packed(mix(palette.paper, weight > 0 ? palette.plus : palette.minus, Math.abs(weight)));
    });
    kernelNode.dataset.count = numIn;
    kernelNode.setAttribute("aria-label", words.kernelLabel);
    weightsNode.hidden = !words.weights.length;
    weights.forEach((cell, k) => setText(cell, words.weights[k] ?? ""));
    setText(title, words.mapTitle);
    setText(kernelTitle, words.kernelTitle);
    setText(response, words.response);
  }

  return { node, show };
}

// ---------------------------------------------------------------------------------------------------------
// The lab

const REST = 200; // milliseconds without a change after which covering begins
const LONGEST_WORK = 4; // milliseconds of a frame after which no other row is covered
const MOST_UNDONE = 200;

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
  const data = { network: model.get("network"), samples: model.get("samples") };
  const root = element("section", { class: "lm-lab lm-digit-lab", lang: language, "aria-label": strings.title });
  const colours = createColours(root);
  const undone = []; // what was on the sheet before each change of it
  let notice = "";
  let state = null;
  let covering = { key: "", rows: [], words: "" };
  let coverTimer = 0;
  let coverFrame = 0;

  const binding = bindSettings({ model, schema: SCHEMA, onChange: takeUp, signal });
  const settings = () => binding.current;
  const { change } = binding;

  const onSheet = () => {
    const { sample, drawing, shift_x, shift_y } = settings();
    return { sample, drawing, shift_x, shift_y };
  };
  function changeSheet(asked) {
    undone.push(onSheet());
    if (undone.length > MOST_UNDONE) undone.shift();
    change(asked);
  }
  function takeStroke(levels, isNew) {
    const asked = { sample: -1, drawing: encodeDrawing(levels), shift_x: 0, shift_y: 0 };
    if (isNew) changeSheet(asked);
    else change(asked);
  }
  function undo() {
    const before = undone.pop();
    if (before) return change(before);
    notice = strings.nothing_to_undo;
    draw();
  }

  const sheet = createSheet({ strings, colours, signal, onStroke: takeStroke });
  const input = createInput({ colours });
  const bars = createBars(strings);
  const readout = createReadout(signal);
  const samples = createSamples({
    data,
    strings,
    colours,
    signal,
    onChoose: (sample) => changeSheet({ sample, shift_x: 0, shift_y: 0 }),
  });
  const maps = createMaps({ strings, colours, signal, onChoose: (layer, channel) => change({ layer, channel }) });
  const details = createDetails({ colours });
  const choice = (name) => {
    const options = SCHEMA[name].choices.map((value) => [value, strings[`${name}_${value}`]]);
    return selectControl({ label: strings[name], options, onChange: (value) => change({ [name]: value }), signal });
  };
  const centre = choice("centre");
  const occlusion = choice("occlusion");
  const mover = (name, sign, key, step) =>
    button(sign, () => change({ [key]: settings()[key] + step }), signal, { "aria-label": strings[name], title: strings[name] });

  function takeUp(problems) {
    const others = problems.filter(({ name }) => name !== "drawing");
    const notices = [describeProblems(others, SCHEMA, settings(), strings, language)];
    if (others.length < problems.length) notices.push(strings.drawing_ignored);
    notice = notices.filter(Boolean).join(" ");
    draw();
  }

  function draw() {
    const current = settings();
    state = describe(current, data, language);
    sheet.show(state.sheet);
    bars.show(state);
    readout.show(state.words.readout, state.tone, notice);
    samples.show(current.sample);
    maps.show(state);
    details.show(state);
    centre.show(current.centre);
    occlusion.show(current.occlusion);
    startCovering(current);
    showInput();
  }

  function showInput() {
    const isOn = settings().occlusion === "yes";
    input.show(state, isOn ? covering.rows : null, isOn ? covering.words : "");
  }

  /** Patches are covered a row or two a frame, anew when the picture is another and has come to rest. */
  function startCovering(current) {
    const key = [current.sample, current.drawing, current.shift_x, current.shift_y, current.centre].join();
    if (current.occlusion === "yes" && key === covering.key) return;
    stopCovering();
    covering = { key: "", rows: [], words: "" };
    if (current.occlusion === "no") return;
    covering = { key, rows: [], words: strings.covering };
    coverTimer = setTimeout(coverOn, REST); // not while a stroke is drawn
  }

  function stopCovering() {
    clearTimeout(coverTimer);
    cancelAnimationFrame(coverFrame);
  }

  function coverOn() {
    const began = performance.now();
    const digit = state.order[0];
    const { rows } = covering;
    while (rows.length < NUM_PLACES && performance.now() - began < LONGEST_WORK) {
      rows.push(coverRow(data.network, state.picture, digit, rows.length, state.layers.probabilities[digit]));
    }
    if (rows.length < NUM_PLACES) coverFrame = requestAnimationFrame(coverOn);
    else covering.words = describeCovering(rows, state, language).words;
    showInput();
  }

  const part = (name, title, ...children) =>
    element("div", { class: `lm-digit-part ${name}` }, element("span", { class: "lm-digit-head" }, title), children);
  root.append(
    element(
      "div",
      { class: "lm-digit-top" },
      part(
        "lm-digit-draw",
        strings.sheet,
        sheet.node,
        element(
          "div",
          { class: "lm-digit-tools" },
          button(strings.undo, undo, signal),
          mover("move_left", "←", "shift_x", -1),
          mover("move_right", "→", "shift_x", 1),
          mover("move_up", "↑", "shift_y", -1),
          mover("move_down", "↓", "shift_y", 1),
          button(strings.clear, () => changeSheet({ sample: -1, drawing: "", shift_x: 0, shift_y: 0 }), signal),
        ),
        element("p", { class: "lm-digit-note" }, strings.sheet_hint),
      ),
      readout.node,
      part("lm-digit-seen", strings.input, input.picture, input.placement),
      part(
        "",
        strings.probability,
        bars.node,
        element("div", { class: "lm-digit-choices" }, centre.node, occlusion.node, input.covered),
      ),
    ),
    samples.node,
    element("div", { class: "lm-digit-below" }, maps.node, details.node),
    element(
      "div",
      { class: "lm-buttons" },
      button(LAB_STRINGS[language].reset, () => change(binding.initial), signal),
      linkButton(site, settings, language, signal),
    ),
  );
  el.replaceChildren(root);
  watchTheme(root, signal, () => {
    samples.repaint();
    draw();
  });
  signal.addEventListener("abort", stopCovering);
  samples.repaint();
  change(initial ?? {});
  return life;
}

export default { render };
