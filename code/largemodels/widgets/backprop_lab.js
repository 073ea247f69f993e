// BackpropLab: gradients that flow back through a graph node by node, each beside its finite difference (chapter 3).
//
// `describe` is the lab: a pure function from the settings to everything shown. It defines the same things
// as largemodels/graphs.py, in the same order of operations, and tests hold the two equal.

import { bindSettings, button, createReadout, describeProblems, element, fill, formatNumber, LAB_STRINGS, linearAxis, linkButton, logAxis, numberField, selectControl, setText, sliderControl, svgElement, watchSize, watchTheme } from "./lab.js";

export const STRINGS = {
  en: {
    title: "Backpropagation lab",
    graph: "Graph",
    graph_neuron: "one neuron",
    graph_two_paths: "two paths",
    graph_network: "network 2-2-2",
    graph_chain: "chain of units",
    activation: "Activation",
    activation_sigmoid: "sigmoid",
    activation_tanh: "tanh",
    activation_relu: "ReLU",
    loss: "Loss",
    loss_squared_error: "squared error",
    loss_cross_entropy: "cross-entropy",
    loss_network: "softmax cross-entropy",
    loss_two_paths: "L = p · a",
    mistake: "Planted mistake",
    mistake_none: "none",
    mistake_one_path: "takes one path, no sum",
    mistake_overwritten: "= in place of +=",
    mistake_missing_slope: "forgets the slope",
    mistake_forward_direction: "runs forward at the output",
    x: "Inputs x",
    w: "Weights w",
    b: "Biases b",
    target: "Target y",
    target_class: "Target: probability of class 2",
    target_unused: "not used here",
    depth: "Units in the chain",
    depth_unused: "chain only",
    step: "Nodes visited",
    selected: "Node in detail",
    selected_current: "the one visited last",
    h: "Step h of the finite difference",
    back: "Step back",
    undo: "Undo",
    all: "All",
    play: "Play",
    pause: "Pause",
    graph_label: "Graph from the inputs to the loss; {step} of {count} nodes have been visited backward.",
    legend: "Upper number: value. Lower: gradient ∂L/∂node. What flows back:",
    legend_chain: "Bars: gradient ∂L/∂node. What flows back:",
    legend_drag: "Drag a framed value, or use the arrow keys.",
    positive: "positive",
    negative: "negative",
    bars: "size of ∂L/∂node",
    every_unit: "in every unit",
    not_visited: "not visited yet",
    value: "value",
    gradient: "∂L/∂node",
    difference: "finite diff.",
    error: "rel. error",
    node: "node",
    table: "Gradients and their finite differences",
    an_input: "{name} = {value}, an input",
    a_parameter: "{name} = {value}, a parameter",
    through: "through {user}: {product} = {upstream} × {derivative} = {flow}",
    through_open: "through {user}: {product}",
    direct: "straight from L: the derivative of what L computes",
    not_added: "{line}, not added",
    slope_left_out: "the slope is left out",
    reversed: "{gradient} = {backward} × {ratio}, where {backward} is not known yet and still 0: 0.00",
    start: "∂L/∂L = 1: here every backward pass starts.",
    measured: "h = {h}, relative error {error}",
    not_measured: "h = {h}",
    says_agrees: "The finite difference {difference} agrees to {digits} digits.",
    says_agrees_coarsely: "The finite difference {difference} agrees as far as rounding lets it.",
    says_mistake: "The finite difference {difference} disagrees: the gradient is wrong.",
    says_kink: "The finite difference {difference} straddles a ReLU's kink; the gradient is right.",
    says_truncation: "The finite difference {difference} is off, because h is large and the curve bends; the gradient is right.",
    says_rounding: "The finite difference {difference} is off, because h is so small that rounding drowns it; the gradient is right.",
    says_outside: "There is no finite difference: a ± h leaves the range from 0 to 1 of the logarithm.",
    says_lost: "There is no finite difference: h vanishes beside the value.",
    reads_nothing: "0 of {count} nodes visited: the forward pass gives L = {loss}. The gradient starts there and goes back.",
    reads_start: "1 of {count} nodes visited: ∂L/∂L = 1, where every backward pass starts.",
    reads: "{step} of {count} nodes visited: {name} = {gradient}.",
    reads_sum: "{step} of {count} nodes visited: {name} = {gradient}, the sum of {paths} paths.",
    first_wrong: "The first that disagrees is {name}: look at the line that computes it.",
    not_seen: "A mistake is planted, and no gradient so far shows it.",
    no_effect: "The planted mistake changes nothing in this graph.",
    decay: "One unit multiplies by at most {steepest} · |w| = {limit}; {units} units back the gradient is {share} times that of the last unit.",
    between_sentences: " ",
    guess: "Predict {name}",
    check: "Check",
    guess_right: "Right. Step back to see it.",
    guess_sign: "The size is right, the sign is not.",
    guess_one_path: "That is one path alone: add up all of them.",
    guess_no_slope: "The slope of the activation is missing.",
    guess_own_factor: "The derivative of a product is the other factor, not the value itself.",
    guess_not_multiplied: "That is the edge's own derivative: multiply by the gradient that arrives.",
    guess_wrong: "Not yet: gradient at the far end of each edge, times the edge's derivative, added up.",
    guess_unreadable: "Type a number.",
    guess_done: "All nodes have been visited.",
  },
  zh: {
    title: "反向传播实验",
    graph: "计算图",
    graph_neuron: "单个神经元",
    graph_two_paths: "两条路径",
    graph_network: "网络 2-2-2",
    graph_chain: "单元链",
    activation: "激活函数",
    activation_sigmoid: "S 型函数",
    activation_tanh: "双曲正切",
    activation_relu: "线性整流",
    loss: "损失",
    loss_squared_error: "平方误差",
    loss_cross_entropy: "交叉熵",
    loss_network: "Softmax 交叉熵",
    loss_two_paths: "L = p · a",
    mistake: "埋下的错误",
    mistake_none: "无",
    mistake_one_path: "只取一条路径，不求和",
    mistake_overwritten: "用 = 代替 +=",
    mistake_missing_slope: "漏掉激活函数的导数",
    mistake_forward_direction: "在输出处方向颠倒",
    x: "输入 x",
    w: "权重 w",
    b: "偏置 b",
    target: "目标 y",
    target_class: "目标：第 2 类的概率",
    target_unused: "此处不用",
    depth: "链中的单元数",
    depth_unused: "仅用于单元链",
    step: "已访问的节点数",
    selected: "详细显示的节点",
    selected_current: "最近访问的节点",
    h: "有限差分的步长 h",
    back: "后退一步",
    undo: "撤销",
    all: "全部",
    play: "播放",
    pause: "暂停",
    graph_label: "从输入到损失的计算图；{count} 个节点中已反向访问 {step} 个。",
    legend: "上面的数：节点的值；下面的数：梯度 ∂L/∂节点。反向流动的量：",
    legend_chain: "条形：梯度 ∂L/∂节点。反向流动的量：",
    legend_drag: "拖动带框的值，或使用方向键。",
    positive: "正",
    negative: "负",
    bars: "∂L/∂节点 的大小",
    every_unit: "每个单元相同",
    not_visited: "尚未访问",
    value: "值",
    gradient: "∂L/∂节点",
    difference: "有限差分",
    error: "相对误差",
    node: "节点",
    table: "梯度与有限差分",
    an_input: "{name} = {value}，输入",
    a_parameter: "{name} = {value}，参数",
    through: "经过 {user}：{product} = {upstream} × {derivative} = {flow}",
    through_open: "经过 {user}：{product}",
    direct: "直接来自 L：L 的算式本身的导数",
    not_added: "{line}，未加入",
    slope_left_out: "漏掉了导数",
    reversed: "{gradient} = {backward} × {ratio}，但 {backward} 还未算出，仍为 0：0.00",
    start: "∂L/∂L = 1：每次反向传播都从这里开始。",
    measured: "h = {h}，相对误差 {error}",
    not_measured: "步长 h = {h}",
    says_agrees: "有限差分 {difference} 与它有 {digits} 位一致。",
    says_agrees_coarsely: "有限差分 {difference} 在舍入误差允许的范围内与它一致。",
    says_mistake: "有限差分 {difference} 与它不一致：梯度算错了。",
    says_kink: "有限差分 {difference} 跨过了线性整流的折点；梯度是对的。",
    says_truncation: "有限差分 {difference} 有偏差，因为 h 太大而曲线是弯的；梯度是对的。",
    says_rounding: "有限差分 {difference} 有偏差，因为 h 太小，被舍入误差淹没；梯度是对的。",
    says_outside: "没有有限差分：a ± h 超出了对数所需的 0 到 1。",
    says_lost: "没有有限差分：h 与节点的值相比太小，加上去没有变化。",
    reads_nothing: "{count} 个节点中已访问 0 个：前向传播得到 L = {loss}。梯度从那里出发，往回传。",
    reads_start: "{count} 个节点中已访问 1 个：∂L/∂L = 1，每次反向传播都从这里开始。",
    reads: "{count} 个节点中已访问 {step} 个：{name} = {gradient}。",
    reads_sum: "{count} 个节点中已访问 {step} 个：{name} = {gradient}，是 {paths} 条路径之和。",
    first_wrong: "第一个不一致的是 {name}：检查计算它的那一行。",
    not_seen: "埋下了一个错误，到目前为止还没有梯度暴露它。",
    no_effect: "埋下的错误在这个计算图中不起作用。",
    decay: "每个单元最多乘以 {steepest} · |w| = {limit}；往回 {units} 个单元，梯度是最后一个单元处的 {share} 倍。",
    between_sentences: "",
    guess: "预测 {name}",
    check: "检查",
    guess_right: "正确。后退一步就能看到它。",
    guess_sign: "大小正确，符号错了。",
    guess_one_path: "这只是一条路径：要把所有路径加起来。",
    guess_no_slope: "漏掉了激活函数的导数。",
    guess_own_factor: "乘积对一个因子的导数是另一个因子，不是它自己的值。",
    guess_not_multiplied: "这只是这条边自己的导数：还要乘以传到这里的梯度。",
    guess_wrong: "还不对：每条边另一端的梯度乘以这条边的导数，再加起来。",
    guess_unreadable: "请输入一个数。",
    guess_done: "所有节点都已访问。",
  },
};

const LARGEST_DEPTH = 12;
const UNITS = Array.from({ length: LARGEST_DEPTH }, (_, i) => i + 1);
const numbered = (letter, count) => UNITS.slice(0, count).map((i) => `${letter}${i}`);
const ACTIVATIONS = ["sigmoid", "tanh", "relu"];
const VALUES = { minimum: -3, maximum: 3 };

/** The settings, their ranges and choices, as the Python class has them. */
export const SCHEMA = {
  graph: { choices: ["neuron", "two_paths", "network", "chain"] },
  activation: { choices: ACTIVATIONS },
  loss: { choices: ["squared_error", "cross_entropy"] },
  x: { ...VALUES, size: 2 },
  w: { ...VALUES, size: 8 },
  b: { ...VALUES, size: 4 },
  target: { minimum: 0, maximum: 1 },
  depth: { minimum: 2, maximum: LARGEST_DEPTH, whole: true },
  step: { minimum: 0, maximum: LARGEST_DEPTH + 2, whole: true },
  selected: {
    choices: [
      "current", "L", "a", "z", "p", "p1", "p2", "x", "x1", "x2", "w", "b",
      ...numbered("a", 12), ...numbered("z", 4), ...numbered("b", 4), ...numbered("w", 12),
      "w13", "w14", "w21", "w22", "w23", "w24",
    ],
  },
  h: { minimum: 1e-12, maximum: 1 },
  mistake: { choices: ["none", "one_path", "overwritten", "missing_slope", "forward_direction"] },
};

const TOLERANCE = 1e-5;
const NOISE_FLOOR = 1e-4; // sizes below it are held to the absolute difference TOLERANCE * NOISE_FLOOR
const ERROR_FLOOR = 1e-8;
const BEST_STEP = 1e-5; // above it truncation rules a central difference, below it rounding
const GUESS_TOLERANCE = 0.02;
const STEEPEST = { sigmoid: 0.25, tanh: 1, relu: 1 };

// ---------------------------------------------------------------------------------------------------------
// Graphs

/**
 * The nodes of a graph in the order of the forward pass: { name, rule, inputs, isStep, leaf }. `leaf` is the setting
 * that a leaf's value comes from, as [name, index]; `isStep` is false for what stands on an edge.
 */
function nodesOf({ graph, loss, depth }) {
  const leaf = (name, setting, index, isStep = true) => ({ name, rule: "leaf", inputs: [], isStep, leaf: [setting, index] });
  const node = (name, rule, ...inputs) => ({ name, rule, inputs, isStep: true });
  if (graph === "neuron") {
    return [
      leaf("x2", "x", 1), leaf("w2", "w", 1), leaf("x1", "x", 0), leaf("w1", "w", 0), leaf("b", "b", 0),
      node("p2", "product", "w2", "x2"), node("p1", "product", "w1", "x1"), node("z", "sum", "p1", "p2", "b"),
      node("a", "activation", "z"), node("L", loss, "a"),
    ];
  }
  if (graph === "two_paths") {
    return [
      leaf("x", "x", 0), leaf("b", "b", 0), leaf("w", "w", 0), node("z", "sum", "w", "b"),
      node("a", "activation", "z"), node("p", "product", "w", "x"), node("L", "product", "p", "a"),
    ];
  }
  if (graph === "network") {
    return [
      leaf("x2", "x", 1), leaf("x1", "x", 0),
      ...["w11", "w12", "w21", "w22", "w13", "w14", "w23", "w24"].map((name, i) => leaf(name, "w", i, false)),
      ...numbered("b", 4).map((name, i) => leaf(name, "b", i, false)),
      node("z2", "weighted_sum", "x1", "w12", "x2", "w22", "b2"), node("z1", "weighted_sum", "x1", "w11", "x2", "w21", "b1"),
      node("a2", "activation", "z2"), node("a1", "activation", "z1"),
      node("z4", "weighted_sum", "a1", "w14", "a2", "w24", "b4"), node("z3", "weighted_sum", "a1", "w13", "a2", "w23", "b3"),
      node("L", "softmax_cross_entropy", "z3", "z4"),
    ];
  }
  return [
    leaf("x", "x", 0), ...numbered("w", depth).map((name) => leaf(name, "w", 0, false)),
    ...numbered("a", depth).map((name, i) => node(name, "unit", i ? `a${i}` : "x", `w${i + 1}`)),
    node("L", "squared_error", `a${depth}`),
  ];
}

/** A neuron with cross-entropy is a sigmoid whatever the setting says. */
const isSigmoid = ({ graph, loss }) => graph === "neuron" && loss === "cross_entropy";
const usedActivation = (settings) => (isSigmoid(settings) ? "sigmoid" : settings.activation);

function activate(activation, z) {
  if (activation === "sigmoid") return Math.exp(Math.min(z, 0)) / (1 + Math.exp(-Math.abs(z)));
  return activation === "tanh" ? Math.tanh(z) : Math.max(z, 0);
}

function slopeAt(activation, z, a) {
  if (activation === "sigmoid") return a * (1 - a);
  if (activation === "tanh") return 1 - a * a;
  return z > 0 ? 1 : 0;
}

function softmaxOfTwo(first, second) {
  const largest = Math.max(first, second);
  const exponentials = [Math.exp(first - largest), Math.exp(second - largest)];
  return exponentials.map((exponential) => exponential / (exponentials[0] + exponentials[1]));
}

function valueOf({ rule }, v, activation, y) {
  if (rule === "product") return v[0] * v[1];
  if (rule === "sum") return v.reduce((total, value) => total + value);
  if (rule === "weighted_sum") return v[0] * v[1] + v[2] * v[3] + v[4];
  if (rule === "activation") return activate(activation, v[0]);
  if (rule === "unit") return activate(activation, v[0] * v[1]);
  if (rule === "squared_error") return 0.5 * (v[0] - y) * (v[0] - y);
  if (rule === "cross_entropy") {
    return v[0] > 0 && v[0] < 1 ? -y * Math.log(v[0]) - (1 - y) * Math.log(1 - v[0]) : null;
  }
  const largest = Math.max(v[0], v[1]);
  const logSum = Math.log(Math.exp(v[0] - largest) + Math.exp(v[1] - largest));
  return (1 - y) * (logSum - (v[0] - largest)) + y * (logSum - (v[1] - largest));
}

/** The derivative of a node by each input; `givenSlope` replaces that of the activation. */
function derivativesOf({ name, rule, inputs }, values, activation, y, givenSlope) {
  const v = inputs.map((input) => values[input]);
  if (rule === "product") return [v[1], v[0]];
  if (rule === "sum") return v.map(() => 1);
  if (rule === "weighted_sum") return [v[1], v[0], v[3], v[2], 1];
  if (rule === "activation") return [givenSlope ?? slopeAt(activation, v[0], values[name])];
  if (rule === "unit") {
    const slope = givenSlope ?? slopeAt(activation, v[0] * v[1], values[name]);
    return [slope * v[1], slope * v[0]];
  }
  if (rule === "squared_error") return [v[0] - y];
  if (rule === "cross_entropy") return [(v[0] - y) / (v[0] * (1 - v[0]))];
  const probabilities = softmaxOfTwo(...v);
  return [probabilities[0] - (1 - y), probabilities[1] - y];
}

/** All values; `held` is one node with a value of its own, or null. */
function forward(nodes, settings, activation, held) {
  const values = {};
  for (const node of nodes) {
    const { name, leaf, inputs } = node;
    if (held?.name === name) values[name] = held.value;
    else if (leaf) values[name] = settings[leaf[0]][leaf[1]];
    else values[name] = valueOf(node, inputs.map((input) => values[input]), activation, settings.target);
  }
  return values;
}

function backward(nodes, values, listing, activation, y, mistake) {
  const byName = Object.fromEntries(nodes.map((node) => [node.name, node]));
  const slope = mistake === "missing_slope" ? 1 : undefined;
  const gradients = {};
  const edges = [];
  for (const name of listing) {
    const flows = [];
    for (const to of Object.keys(gradients)) {
      const at = byName[to].inputs.indexOf(name);
      if (at < 0) continue;
      const derivative = derivativesOf(byName[to], values, activation, y, slope)[at];
      const isReversed = mistake === "forward_direction" && to === "L";
      flows.push({ from: name, to, derivative, flow: isReversed ? 0 : gradients[to] * derivative, counted: true });
    }
    flows.forEach((flow, i) => {
      if (mistake === "one_path") flow.counted = i === 0;
      if (mistake === "overwritten") flow.counted = i === flows.length - 1;
    });
    const counted = flows.filter((flow) => flow.counted).map((flow) => flow.flow);
    gradients[name] = counted.length ? counted.reduce((total, flow) => total + flow) : 1;
    edges.push(...flows);
  }
  return { edges, gradients };
}

/** On which side of its kink each ReLU is. */
function sidesOfKinks(nodes, values, activation) {
  if (activation !== "relu") return "";
  const units = nodes.filter(({ rule }) => rule === "activation" || rule === "unit");
  return units.map(({ inputs }) => inputs.reduce((product, input) => product * values[input], 1) > 0).join();
}

function centralDifference(nodes, settings, activation, name, value) {
  const [above, below] = [value + settings.h, value - settings.h];
  if (above === below) return { difference: null, why: "lost" };
  const [high, low] = [above, below].map((moved) => forward(nodes, settings, activation, { name, value: moved }));
  if (high.L === null || low.L === null) return { difference: null, why: "outside" };
  const isCrossed = sidesOfKinks(nodes, high, activation) !== sidesOfKinks(nodes, low, activation);
  return { difference: (high.L - low.L) / (above - below), isCrossed };
}

/** The relative error of a gradient, to how many digits it agrees, and a verdict; see largemodels/graphs.py. */
export function judge(gradient, exact, { difference, why, isCrossed }, h) {
  if (difference === null) return { error: null, digits: null, verdict: why };
  const gap = Math.abs(gradient - difference);
  const size = Math.abs(gradient) + Math.abs(difference);
  const error = gap / Math.max(ERROR_FLOOR, size);
  const digits = error < 1e-15 ? 15 : Math.max(0, Math.floor(-Math.log10(error)));
  const allowed = TOLERANCE * Math.max(NOISE_FLOOR, size);
  let verdict = h > BEST_STEP ? "truncation" : "rounding";
  if (gap <= allowed) verdict = error <= TOLERANCE ? "agrees" : "agrees_coarsely";
  else if (Math.abs(gradient - exact) > allowed) verdict = "mistake";
  else if (isCrossed) verdict = "kink";
  return { error, digits, verdict };
}

/** Everything but the words. */
function compute(settings) {
  const nodes = nodesOf(settings);
  const byName = Object.fromEntries(nodes.map((node) => [node.name, node]));
  const activation = usedActivation(settings);
  const values = forward(nodes, settings, activation, null);
  const order = nodes.filter((node) => node.isStep).map((node) => node.name).reverse();
  const listing = order.flatMap((name) => [name, ...byName[name].inputs.filter((input) => !byName[input].isStep)]);
  const run = (mistake) => backward(nodes, values, listing, activation, settings.target, mistake);
  const { edges, gradients } = run(settings.mistake);
  const exact = settings.mistake === "none" ? gradients : run("none").gradients;
  const [differences, errors, digits, verdicts, paths] = [{}, {}, {}, {}, {}];
  for (const name of listing) {
    const measured = centralDifference(nodes, settings, activation, name, values[name]);
    const judged = judge(gradients[name], exact[name], measured, settings.h);
    differences[name] = measured.difference;
    errors[name] = judged.error;
    digits[name] = judged.digits;
    verdicts[name] = judged.verdict;
    paths[name] = edges.filter((edge) => edge.from === name).map((edge) => edge.to);
  }
  const step = Math.min(settings.step, order.length);
  const current = step ? order[step - 1] : null;
  const upcoming = order[step] ?? null;
  const visited = step ? listing.slice(0, upcoming ? listing.indexOf(upcoming) : listing.length) : [];
  let decay = null;
  if (settings.graph === "chain" && step >= 3 && gradients[order[1]] !== 0) {
    const share = Math.abs(gradients[current]) / Math.abs(gradients[order[1]]);
    decay = { units: step - 2, share, limit: STEEPEST[activation] * Math.abs(settings.w[0]) };
  }
  return {
    order, listing, values, edges, gradients, exact, differences, errors, digits, verdicts, visited, current, upcoming,
    selected: byName[settings.selected] ? settings.selected : current ?? order[0],
    paths,
    firstWrong: visited.find((name) => verdicts[name] === "mistake") ?? null,
    hasEffect: listing.some((name) => gradients[name] !== exact[name]),
    largestFlow: Math.max(...edges.map((edge) => Math.abs(edge.flow))),
    decay,
  };
}

/**
 * Compute everything that the lab shows.
 *
 * @param {object} settings  By the names of SCHEMA, within its ranges.
 * @param {"en"|"zh"} language
 * @returns {object}  What largemodels.graphs.BackpropRun holds, under the same names in camel case (`edges` and
 *   `decay` as objects), and `words`: every text.
 */
export function describe(settings, language = "en") {
  const state = compute(settings);
  return { ...state, words: wordsFor(settings, state, STRINGS[language]) };
}

/**
 * Judge a guess of the gradient that the next step will show; see `judge_guess` in largemodels/graphs.py.
 * @returns {{ code: string, text: string }}
 */
export function judgeGuess(settings, guess, language = "en") {
  const code = Number.isFinite(guess) ? guessCode({ ...settings, mistake: "none" }, guess) : "unreadable";
  return { code, text: STRINGS[language][`guess_${code}`] };
}

function guessCode(settings, guess) {
  const { upcoming, edges: allEdges, gradients, values } = compute(settings);
  if (upcoming === null) return "done";
  const isClose = (value) => Math.abs(guess - value) <= Math.max(1e-12, GUESS_TOLERANCE * Math.abs(value));
  if (isClose(gradients[upcoming])) return "right";
  const nodes = nodesOf(settings);
  const edges = allEdges.filter((edge) => edge.from === upcoming);
  let [noSlope, ownFactor, local] = [0, 0, 0];
  for (const { to, derivative } of edges) {
    const user = nodes.find((node) => node.name === to);
    const at = user.inputs.indexOf(upcoming);
    noSlope += gradients[to] * derivativesOf(user, values, usedActivation(settings), settings.target, 1)[at];
    ownFactor += gradients[to] * (user.rule === "product" ? values[upcoming] : derivative);
    local += derivative;
  }
  const candidates = [["sign", -gradients[upcoming]]];
  if (edges.length > 1) candidates.push(...edges.map((edge) => ["one_path", edge.flow]));
  candidates.push(["no_slope", noSlope], ["own_factor", ownFactor], ["not_multiplied", local]);
  return candidates.find(([, value]) => edges.length && value !== 0 && isClose(value))?.[0] ?? "wrong";
}

// ---------------------------------------------------------------------------------------------------------
// Words

const n = (value) => formatNumber(value);
const inBrackets = (value) => (value < 0 ? `(${n(value)})` : n(value));
const formatError = (error) => (error === 0 ? "0" : formatNumber(error, 2));
const formatStep = (h) => formatNumber(h, 3).replace(/^1×/, "");

/** "w13" is written w₁₃. */
function pretty(name) {
  return name.replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);
}

const ratio = (above, below) => `∂${pretty(above)}/∂${pretty(below)}`;
const gradientName = (name) => ratio("L", name);
const FUNCTION = { sigmoid: "σ", tanh: "tanh", relu: "ReLU" };

function wordsFor(settings, state, strings) {
  const { order, listing, values, gradients, visited, verdicts, differences, errors, digits } = state;
  const step = Math.min(settings.step, order.length);
  const nodes = {};
  for (const name of listing) {
    const isKnown = visited.includes(name);
    nodes[name] = {
      label: pretty(name),
      value: formatNumber(values[name], 3),
      gradient: isKnown ? formatNumber(gradients[name], 3) : "",
      shortValue: formatNumber(values[name], 2),
      shortGradient: isKnown ? formatNumber(gradients[name], Math.abs(gradients[name]) < 1e-3 ? 1 : 2) : "",
      spoken: `${pretty(name)} = ${n(values[name])}; ${isKnown ? `${gradientName(name)} = ${n(gradients[name])}` : strings.not_visited}`,
    };
  }
  const says = (name) =>
    fill(strings[`says_${verdicts[name]}`], {
      difference: differences[name] === null ? "" : n(differences[name]),
      digits: digits[name],
    });
  return {
    nodes,
    graphLabel: fill(strings.graph_label, { step, count: order.length }),
    readout: readoutFor(settings, state, strings, says, step),
    panel: panelFor(settings, state, strings, says),
    rows: listing.map((name) => {
      const isKnown = visited.includes(name);
      return {
        label: pretty(name),
        value: formatNumber(values[name]),
        gradient: isKnown ? n(gradients[name]) : "–",
        difference: isKnown && differences[name] !== null ? n(differences[name]) : "–",
        error: isKnown && errors[name] !== null ? `${MARKS[verdicts[name]]} ${formatError(errors[name])}` : "–",
      };
    }),
    guess: fill(strings.guess, { name: state.upcoming ? gradientName(state.upcoming) : "–" }),
    flows: state.edges.map(({ from, flow }) => (visited.includes(from) ? formatNumber(flow, 3) : "")),
    legend: [state.largestFlow, state.largestFlow / 16].map((flow) => formatNumber(flow, 2)),
  };
}

const MARKS = { agrees: "✓", agrees_coarsely: "✓", mistake: "✗", kink: "≠", truncation: "≠", rounding: "≠" };

function readoutFor(settings, state, strings, says, step) {
  const { order, current, gradients, paths, values, mistake } = { ...state, mistake: settings.mistake };
  const facts = { step, count: order.length, loss: n(values.L) };
  if (step === 0) return fill(strings.reads_nothing, facts);
  const sentences = [];
  if (step === 1) {
    sentences.push(fill(strings.reads_start, facts));
  } else {
    const key = paths[current].length > 1 ? "reads_sum" : "reads";
    const named = { name: gradientName(current), gradient: n(gradients[current]), paths: paths[current].length };
    sentences.push(fill(strings[key], { ...facts, ...named }), says(current));
  }
  if (mistake !== "none") {
    const key = state.firstWrong ? "first_wrong" : state.hasEffect ? "not_seen" : "no_effect";
    sentences.push(fill(strings[key], { name: state.firstWrong && gradientName(state.firstWrong) }));
  } else if (state.decay) {
    const { units, share, limit } = state.decay;
    const steepest = formatNumber(STEEPEST[usedActivation(settings)]);
    sentences.push(fill(strings.decay, { steepest, limit: n(limit), units, share: formatNumber(share, 3) }));
  }
  return sentences.join(strings.between_sentences);
}

/** The selected node: what it computes, the chain rule's products, and the check. */
function panelFor(settings, state, strings, says) {
  const { selected: name, values, gradients, visited, edges, errors } = state;
  const nodes = nodesOf(settings);
  const node = nodes.find((candidate) => candidate.name === name);
  const isKnown = visited.includes(name);
  const own = edges.filter((edge) => edge.from === name);
  const lines = own.map((edge) => {
    const user = nodes.find((candidate) => candidate.name === edge.to);
    const product = `${gradientName(edge.to)} × ${ratio(edge.to, name)}`;
    const facts = { user: pretty(edge.to), product, gradient: gradientName(name) };
    if (edge.to === "L") {
      if (settings.mistake === "forward_direction" && isKnown) {
        const before = node.inputs[0];
        return { text: fill(strings.reversed, { ...facts, backward: gradientName(before), ratio: ratio(before, name) }), why: "" };
      }
      const text = isKnown ? `${gradientName(name)} = ${derivativeText(user, name, values, settings, strings)}` : strings.direct;
      return { text, why: "" };
    }
    if (!isKnown) return { text: fill(strings.through_open, facts), why: "" };
    const line = fill(strings.through, {
      ...facts,
      upstream: n(gradients[edge.to]),
      derivative: inBrackets(edge.derivative),
      flow: n(edge.flow),
    });
    return {
      text: edge.counted ? line : fill(strings.not_added, { line }),
      why: `${ratio(edge.to, name)} = ${derivativeText(user, name, values, settings, strings)}`,
    };
  });
  if (name === "L" && isKnown) lines.push({ text: strings.start, why: "" });
  const added = own.filter((edge) => edge.counted);
  if (isKnown && own.length > 1) {
    const terms = added.map((edge, i) => (i ? inBrackets(edge.flow) : n(edge.flow))).join(" + ");
    lines.push({ text: `${gradientName(name)} = ${terms}${added.length > 1 ? ` = ${n(gradients[name])}` : ""}`, why: "" });
  }
  const h = formatStep(settings.h);
  const error = errors[name] === null ? "" : formatError(errors[name]);
  return {
    title: `${gradientName(name)} = ${isKnown ? n(gradients[name]) : "?"}`,
    computes: computesText(node, values, settings, strings),
    lines,
    check: isKnown ? says(name) : strings.not_visited,
    measured: isKnown ? fill(strings[error ? "measured" : "not_measured"], { h, error }) : "",
  };
}

/** What a node computes, in letters and in numbers. */
function computesText({ name, rule, inputs, leaf }, values, settings, strings) {
  const value = n(values[name]);
  const letters = inputs.map(pretty);
  const numbers = inputs.map((input) => inBrackets(values[input]));
  const first = inputs.length && n(values[inputs[0]]);
  const equation = (formula, inNumbers) => `${pretty(name)} = ${formula} = ${inNumbers} = ${value}`;
  const f = FUNCTION[usedActivation(settings)];
  const y = n(settings.target);
  switch (rule) {
    case "leaf":
      return fill(leaf[0] === "x" ? strings.an_input : strings.a_parameter, { name: pretty(name), value });
    case "product":
      return equation(letters.join(" · "), `${first} × ${numbers[1]}`);
    case "sum":
      return equation(letters.join(" + "), [first, ...numbers.slice(1)].join(" + "));
    case "weighted_sum": {
      const [a, u, b, v, c] = letters;
      const [, weight, , , ] = numbers;
      return equation(
        `${u} · ${a} + ${v} · ${b} + ${c}`,
        `${weight.replace(/[()]/g, "")} × ${numbers[0]} + ${numbers[3]} × ${numbers[2]} + ${numbers[4]}`,
      );
    }
    case "activation":
      return equation(`${f}(${letters[0]})`, `${f}(${first})`);
    case "unit":
      return equation(`${f}(${letters[1]} · ${letters[0]})`, `${f}(${n(values[inputs[1]])} × ${numbers[0]})`);
    case "squared_error":
      return equation(`½ (${letters[0]} − y)²`, `½ (${first} − ${y})²`);
    case "cross_entropy":
      return `${pretty(name)} = −y ln a − (1 − y) ln(1 − a) = ${value}, y = ${y}`;
    default: {
      const shares = softmaxOfTwo(values.z3, values.z4).map(n).join(", ");
      return `ŷ = softmax(z₃, z₄) = (${shares}), y = (${n(1 - settings.target)}, ${y}), L = −y₁ ln ŷ₁ − y₂ ln ŷ₂ = ${value}`;
    }
  }
}

/** Where the derivative of an edge comes from, in letters and in numbers. */
function derivativeText({ name, rule, inputs }, input, values, settings, strings) {
  const at = inputs.indexOf(input);
  const activation = usedActivation(settings);
  const isLeftOut = settings.mistake === "missing_slope";
  const derivative = n(derivativesOf({ name, rule, inputs }, values, activation, settings.target, isLeftOut ? 1 : undefined)[at]);
  const a = pretty(name);
  const named = (other) => `${pretty(other)} = ${n(values[other])}`;
  const y = n(settings.target);
  const value = n(values[input]);
  switch (rule) {
    case "product":
      return named(inputs[1 - at]);
    case "sum":
      return "1";
    case "weighted_sum":
      return at === 4 ? "1" : named(inputs[at ^ 1]);
    case "activation": {
      if (isLeftOut) return `1 (${strings.slope_left_out})`;
      if (activation === "relu") return values[input] > 0 ? `1 (${pretty(input)} > 0)` : `0 (${pretty(input)} ≤ 0)`;
      const out = n(values[name]);
      if (activation === "tanh") return `1 − ${a}² = 1 − ${inBrackets(values[name])}² = ${derivative}`;
      return `${a}(1 − ${a}) = ${out} × ${n(1 - values[name])} = ${derivative}`;
    }
    case "unit": {
      const other = inputs[1 - at];
      if (isLeftOut) return `${named(other)} (${strings.slope_left_out})`;
      const slope = slopeAt(activation, values[inputs[0]] * values[inputs[1]], values[name]);
      const formula = { sigmoid: `${a}(1 − ${a})`, tanh: `(1 − ${a}²)`, relu: slope ? "1" : "0" }[activation];
      return `${formula} · ${pretty(other)} = ${n(slope)} × ${inBrackets(values[other])} = ${derivative}`;
    }
    case "squared_error":
      return `${pretty(input)} − y = ${value} − ${y} = ${derivative}`;
    case "cross_entropy":
      return `(a − y) / (a(1 − a)) = ${n(values.a - settings.target)} / ${n(values.a * (1 - values.a))} = ${derivative}`;
    default: {
      const share = softmaxOfTwo(values.z3, values.z4)[at];
      const wanted = at ? settings.target : 1 - settings.target;
      return `ŷ${"₁₂"[at]} − y${"₁₂"[at]} = ${n(share)} − ${n(wanted)} = ${derivative}`;
    }
  }
}

// ---------------------------------------------------------------------------------------------------------
// The picture

/** Where nodes stand: [along the graph, across it], each from 0 to 1. Narrow pictures run from top to bottom. */
const PLACES = {
  neuron: {
    w1: [0, 0], x1: [0, 0.27], w2: [0, 0.54], x2: [0, 0.81], b: [0.3, 1],
    p1: [0.3, 0.135], p2: [0.3, 0.62], z: [0.56, 0.5], a: [0.78, 0.5], L: [1, 0.5],
  },
  two_paths: {
    x: [0, 0.08], w: [0, 0.5], b: [0, 0.92], p: [0.42, 0.2], z: [0.36, 0.8], a: [0.69, 0.8], L: [1, 0.5],
  },
  network: {
    x1: [0, 0.24], x2: [0, 0.76], z1: [0.31, 0.24], z2: [0.31, 0.76], a1: [0.48, 0.24], a2: [0.48, 0.76],
    z3: [0.8, 0.24], z4: [0.8, 0.76], L: [1, 0.5], b1: [0.31, 0], b2: [0.31, 1], b3: [0.8, 0], b4: [0.8, 1],
  },
};
const NARROW_NETWORK = {
  ...Object.fromEntries(Object.entries(PLACES.network).map(([name, [along, across]]) => [name, [along, across < 0.5 ? 0 : 1]])),
  L: [1, 0.5], b1: [0.265, 0.5], b2: [0.36, 0.5], b3: [0.755, 0.5], b4: [0.85, 0.5],
};
/** The edges that a weight of the network stands on. */
const CARRIED = {
  w11: ["x1", "z1"], w12: ["x1", "z2"], w21: ["x2", "z1"], w22: ["x2", "z2"],
  w13: ["a1", "z3"], w14: ["a1", "z4"], w23: ["a2", "z3"], w24: ["a2", "z4"],
};
const WIDE = 640; // from this width on, graphs run from left to right
const HEIGHTS = { wide: 340, narrow: 490 };

/** Places and sizes of all nodes, and the area of the chain's bars, in pixels. */
function layOut({ graph, depth }, width) {
  const isWide = width >= WIDE;
  const height = isWide ? HEIGHTS.wide : HEIGHTS.narrow;
  const boxes = {};
  const put = (name, left, top, boxWidth, boxHeight) => (boxes[name] = { left, top, width: boxWidth, height: boxHeight });
  if (graph === "chain") {
    const names = ["x", ...numbered("a", depth), "L"];
    if (isWide) {
      const pitch = (width - 114) / (names.length - 1);
      const boxWidth = Math.max(30, Math.min(74, pitch - 26));
      names.forEach((name, i) => put(name, 60 + i * pitch, 78, boxWidth, 40));
      put("L", width - (boxWidth < 66 ? 30 : 47), 78, boxWidth < 66 ? 54 : 88, 40);
      put("w1", 66, 26, 74, 32);
      return { isWide, isTight: boxWidth < 66, height, boxes, bars: { left: 48, top: 128, width: width - 52, height: height - 152 } };
    }
    const pitch = (height - 96) / (names.length - 1);
    names.forEach((name, i) => put(name, 48, 66 + i * pitch, 88, Math.min(30, pitch - 11)));
    put("w1", 48, 24, 88, 28);
    return { isWide, height, boxes, bars: { left: 104, top: 46, width: width - 168, height: height - 74 } };
  }
  const isNeuron = graph === "neuron";
  const size = isWide ? [76, 46] : isNeuron ? [50, 54] : [66, 44];
  const places = graph === "network" && !isWide ? NARROW_NETWORK : PLACES[graph];
  const margins = isWide ? [46, 30] : [isNeuron ? 32 : 40, 34];
  for (const [name, [along, across]] of Object.entries(places)) {
    const [right, down] = isWide ? [along, across] : [across, along];
    const isChip = graph === "network" && name[0] === "b";
    const left = margins[0] + right * (width - 2 * margins[0]);
    const top = margins[1] + down * (height - 2 * margins[1]);
    put(name, left, top, ...(isChip ? [54, 34] : !isWide && isNeuron && "zaL".includes(name[0]) ? [66, 54] : size));
  }
  if (graph === "network") {
    for (const [name, [from, to]] of Object.entries(CARRIED)) {
      const isStraight = "13".includes(from[1]) === "13".includes(to[1]);
      const share = isWide ? (isStraight ? 0.5 : 0.36) : isStraight ? 0.66 : 0.35;
      const [a, b] = [boxes[from], boxes[to]];
      put(name, a.left + share * (b.left - a.left), a.top + share * (b.top - a.top), 54, isWide ? 34 : 32);
    }
  }
  return { isWide, isStacked: !isWide && isNeuron, height, boxes, bars: null };
}

const at = (left, top) => `${left.toFixed(1)},${top.toFixed(1)}`;

/** The straight line between the borders of two boxes: its ends, its direction and its length. */
function lineBetween(a, b) {
  const [across, down] = [b.left - a.left, b.top - a.top];
  const whole = Math.hypot(across, down) || 1;
  const [u, v] = [across / whole, down / whole];
  const inside = (box) => Math.min(box.width / 2 / Math.max(1e-9, Math.abs(u)), box.height / 2 / Math.max(1e-9, Math.abs(v))) + 2;
  const [skip, stop] = [inside(a), whole - inside(b)];
  return { u, v, from: [a.left + u * skip, a.top + v * skip], to: [a.left + u * stop, a.top + v * stop], length: stop - skip };
}

const widthOfFlow = (flow, largest) => 1.5 + 9.5 * (largest > 0 ? Math.sqrt(Math.abs(flow) / largest) : 0);

/** Line and arrow head of an edge: thin and forward before it is used, then as wide as what flows back. */
function edgePaths(line, width, isBack) {
  const head = Math.min(line.length * 0.6, isBack ? 6 + 0.9 * width : 7);
  const side = isBack ? 3 + 0.8 * width : 3.5;
  const [tip, tail, turn] = isBack ? [line.from, line.to, 1] : [line.to, line.from, -1];
  const base = [tip[0] + turn * line.u * head, tip[1] + turn * line.v * head];
  const corner = (way) => at(base[0] - way * line.v * side, base[1] + way * line.u * side);
  return { line: `M${at(...tail)}L${at(...base)}`, head: `M${at(...tip)}L${corner(1)}L${corner(-1)}Z` };
}

function createGraph({ strings, signal, onSelect, onValue }) {
  const edgeGroup = svgElement("g", {});
  const barGroup = svgElement("g", {});
  const svg = svgElement("svg", { "aria-hidden": "true" }, barGroup, edgeGroup);
  const frame = element("div", { class: "lm-plot lm-bp-graph", role: "group" }, svg);
  let width = 0;
  let shown = null;
  let built = ""; // which graph the elements belong to
  let layout = null;
  let views = {}; // by node: its elements
  let edgeViews = [];
  let life = null; // ends the listeners of the nodes of one graph
  signal.addEventListener("abort", () => life?.abort());

  function createNode(node) {
    const name = element("span", { class: "lm-bp-name" }, pretty(node.name === "w1" && !node.isStep && shown[0].graph === "chain" ? "w" : node.name));
    const value = element("span", { class: "lm-bp-value" });
    const gradient = element("span", { class: "lm-bp-gradient" });
    const parts = [element("span", { class: "lm-bp-forward" }, name, " ", value), gradient];
    const select = () => onSelect(node.name);
    if (!node.leaf) {
      const box = element("button", { type: "button", class: "lm-bp-node", onclick: select, signal: life.signal }, parts);
      return { node, box, value, gradient };
    }
    let grabbed = null;
    const now = () => shown[0][node.leaf[0]][node.leaf[1]];
    const box = element(
      "div",
      {
        class: "lm-bp-node lm-bp-leaf",
        role: "slider",
        tabindex: 0,
        "data-lm-suppress-shortcuts": "true",
        "aria-label": pretty(node.name),
        "aria-valuemin": VALUES.minimum,
        "aria-valuemax": VALUES.maximum,
        onpointerdown(event) {
          if (event.button !== 0) return;
          grabbed = { left: event.clientX, top: event.clientY, value: now() };
          box.setPointerCapture(event.pointerId);
          select();
        },
        onpointermove(event) {
          if (!grabbed) return;
          const moved = event.clientX - grabbed.left - (event.clientY - grabbed.top);
          if (Math.abs(moved) >= 3) setValue(grabbed.value + moved / 40);
        },
        onlostpointercapture: () => (grabbed = null),
        onkeydown(event) {
          if (event.ctrlKey || event.metaKey || event.altKey) return;
          const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10, Home: -120, End: 120 }[event.key];
          if (way) setValue(now() + way * (event.shiftKey ? 0.5 : 0.05));
          else if (event.key === "Enter" || event.key === " ") select();
          else return;
          event.preventDefault();
        },
        signal: life.signal,
      },
      parts,
    );
    function setValue(asked) {
      const value = Math.min(VALUES.maximum, Math.max(VALUES.minimum, Math.round(asked * 20) / 20));
      if (value !== now()) onValue(node.leaf, value);
    }
    return { node, box, value, gradient };
  }

  function build(settings, state) {
    life?.abort();
    life = new AbortController();
    layout = layOut(settings, width);
    frame.style.height = `${layout.height}px`;
    frame.classList.toggle("lm-bp-stacked", Boolean(layout.isStacked));
    frame.classList.toggle("lm-bp-chain", settings.graph === "chain");
    frame.classList.toggle("lm-bp-tight", Boolean(layout.isTight));
    views = {};
    for (const node of nodesOf(settings).reverse()) {
      const place = layout.boxes[node.name];
      if (!place) continue;
      const view = createNode(node);
      view.box.classList.toggle("lm-bp-chip", !node.isStep);
      Object.assign(view.box.style, {
        left: `${(place.left - place.width / 2).toFixed(1)}px`,
        top: `${(place.top - place.height / 2).toFixed(1)}px`,
        width: `${place.width.toFixed(1)}px`,
        height: `${place.height.toFixed(1)}px`,
      });
      views[node.name] = view;
    }
    frame.replaceChildren(svg, ...Object.values(views).map((view) => view.box));
    // Weights that stand on an edge, and the chain's one handle for all of them, have no edge of their own.
    const carried = new Set(settings.graph === "chain" ? ["w1"] : settings.graph === "network" ? Object.keys(CARRIED) : []);
    // Where a gradient is a sum, each part is written beside its edge; elsewhere it is the node's own number.
    const hasLabel = (name) => settings.graph === "two_paths" && state.paths[name].length > 1;
    edgeViews = state.edges
      .filter(({ from }) => layout.boxes[from] && !carried.has(from))
      .map(({ from, to }) => {
        const line = lineBetween(layout.boxes[from], layout.boxes[to]);
        const view = { from, to, line, path: svgElement("path", { class: "lm-bp-edge" }), head: svgElement("path", { class: "lm-bp-head" }) };
        if (hasLabel(from)) view.label = svgElement("text", { class: "lm-bp-flow" });
        return view;
      });
    edgeGroup.replaceChildren(
      ...edgeViews.flatMap((view) => [view.path, view.head]),
      ...edgeViews.map((view) => view.label).filter(Boolean),
    );
    if (layout.bars) {
      const { left, width: chipWidth, top } = layout.boxes.w1;
      edgeGroup.append(svgElement("text", { class: "lm-tick", x: left + chipWidth / 2 + 8, y: top + 4 }, strings.every_unit));
    }
    barGroup.replaceChildren();
    drawnAxis = "";
  }

  function showEdges(state) {
    for (const view of edgeViews) {
      const index = state.edges.findIndex(({ from, to }) => from === view.from && to === view.to);
      const edge = state.edges[index];
      const isBack = state.visited.includes(view.from);
      const thickness = isBack ? widthOfFlow(edge.flow, state.largestFlow) : 1.25;
      const paths = edgePaths(view.line, thickness, isBack);
      const sign = !isBack ? "none" : edge.flow > 0 ? "positive" : edge.flow < 0 ? "negative" : "zero";
      view.path.setAttribute("d", paths.line);
      view.path.setAttribute("stroke-width", thickness.toFixed(2));
      view.head.setAttribute("d", paths.head);
      for (const part of [view.path, view.head]) {
        part.dataset.sign = sign;
        part.dataset.counted = edge.counted;
      }
      if (!view.label) continue;
      const [middleLeft, middleTop] = [0, 1].map((i) => (view.line.from[i] + view.line.to[i]) / 2);
      const { u, v } = view.line;
      const isSteep = Math.abs(v) > 0.75;
      const side = thickness / 2 + (isSteep ? 6 : 8 + 22 * Math.abs(v)); // off the line, by more than half the text
      view.label.setAttribute("x", (middleLeft + (isSteep ? side : v * side)).toFixed(1));
      view.label.setAttribute("y", (middleTop + 4 - (isSteep ? 0 : Math.abs(u) * side)).toFixed(1));
      view.label.setAttribute("text-anchor", isSteep ? "start" : "middle");
      setText(view.label, state.words.flows[index]);
    }
  }

  let drawnAxis = "";

  /** The chain's bars: |gradient| of each node on a logarithmic axis. */
  function showBars(settings, state) {
    const area = layout.bars;
    if (!area) return;
    const names = state.order.slice(1);
    const sizes = names.map((name) => Math.abs(state.gradients[name])).filter((size) => size > 0);
    const [low, high] = sizes.length ? [Math.min(...sizes), Math.max(...sizes)] : [0.1, 1];
    const top = Math.ceil(Math.log10(high) + 1e-9);
    const axis = logAxis(10 ** Math.min(top - 2, Math.floor(Math.log10(low)) - 1), 10 ** top);
    const wanted = [axis.minimum, axis.maximum].join();
    const { isWide, boxes } = layout;
    if (drawnAxis !== wanted) {
      drawnAxis = wanted;
      const marks = axis.ticks(Math.floor(isWide ? area.height / 34 : area.width / 46)).flatMap(({ value, label }) => {
        const share = axis.position(value);
        const [left, down] = isWide ? [area.left, area.top + (1 - share) * area.height] : [area.left + share * area.width, area.top];
        const line = isWide ? `M${at(left, down)}h${area.width}` : `M${at(left, down)}v${area.height}`;
        const place = isWide ? { x: left - 6, y: down + 4, "text-anchor": "end" } : { x: left, y: area.top + area.height + 16, "text-anchor": "middle" };
        return [svgElement("path", { class: "lm-grid", d: line }), svgElement("text", { class: "lm-tick", ...place }, label)];
      });
      const title = isWide
        ? { x: area.left + area.width, y: area.top + area.height + 18, "text-anchor": "end" }
        : { x: area.left + area.width + 56, y: area.top - 10, "text-anchor": "end" };
      views.bars = names.map((name) => ({
        name,
        bar: svgElement("rect", { class: "lm-bp-bar" }),
        text: svgElement("text", { class: "lm-bp-flow", "text-anchor": isWide ? "middle" : "start" }),
      }));
      const bars = views.bars.flatMap(({ bar, text }) => [bar, text]);
      barGroup.replaceChildren(...marks, svgElement("text", { class: "lm-tick", ...title }, strings.bars), ...bars);
    }
    const hasText = !isWide || boxes.a1.width >= 48;
    for (const { name, bar, text } of views.bars) {
      const gradient = state.gradients[name];
      const isKnown = state.visited.includes(name);
      const share = isKnown && gradient ? Math.max(0.005, axis.position(Math.abs(gradient))) : 0;
      const box = boxes[name];
      const extent = share * (isWide ? area.height : area.width);
      const thickness = Math.min(26, (isWide ? box.width : box.height) * 0.7);
      const place = isWide
        ? { x: box.left - thickness / 2, y: area.top + area.height - extent, width: thickness, height: extent }
        : { x: area.left, y: box.top - thickness / 2, width: extent, height: thickness };
      for (const [key, number] of Object.entries(place)) bar.setAttribute(key, number.toFixed(1));
      bar.dataset.sign = gradient < 0 ? "negative" : "positive";
      text.setAttribute("x", (isWide ? box.left : area.left + extent + 5).toFixed(1));
      text.setAttribute("y", (isWide ? area.top + area.height - extent - 5 : box.top + 4).toFixed(1));
      setText(text, hasText ? state.words.nodes[name].shortGradient : "");
    }
  }

  function show(settings, state) {
    shown = [settings, state];
    frame.setAttribute("aria-label", state.words.graphLabel);
    if (!width) return;
    const wanted = [settings.graph, settings.graph === "chain" && settings.depth, width].join();
    if (built !== wanted) {
      built = wanted;
      build(settings, state);
    }
    for (const [name, view] of Object.entries(views)) {
      if (name === "bars") continue;
      const words = state.words.nodes[name];
      const isKnown = state.visited.includes(name);
      setText(view.value, layout.isTight ? words.shortValue : words.value);
      const gradient = state.gradients[name];
      const room = !view.node.isStep ? 7 : layout.isWide ? 12 : 9; // characters: "−2.22×10⁻¹⁶" does not fit everywhere
      setText(view.gradient, layout.isStacked || words.gradient.length > room ? words.shortGradient : words.gradient);
      Object.assign(view.box.dataset, {
        state: name === state.current ? "current" : isKnown ? "visited" : name === state.upcoming ? "next" : "waiting",
        sign: gradient < 0 ? "negative" : "positive",
        selected: name === state.selected,
        wrong: name === state.firstWrong ? "first" : isKnown && state.verdicts[name] === "mistake",
      });
      if (view.node.leaf) {
        view.box.setAttribute("aria-valuenow", state.values[name]);
        view.box.setAttribute("aria-valuetext", words.spoken);
      } else {
        view.box.setAttribute("aria-label", words.spoken);
        view.box.setAttribute("aria-pressed", name === state.selected);
      }
    }
    showEdges(state);
    showBars(settings, state);
  }

  watchSize(frame, signal, (newWidth) => {
    if (newWidth === width) return;
    width = newWidth;
    if (shown) show(...shown);
  });

  return { node: frame, show };
}

/** What the widths and colours of edges mean. */
function createLegend(strings) {
  const sample = (sign, share) =>
    svgElement(
      "svg",
      { class: "lm-bp-sample", viewBox: "0 0 34 12", "aria-hidden": "true" },
      svgElement("path", { class: "lm-bp-edge", "data-sign": sign, d: "M34,6H0", "stroke-width": widthOfFlow(share, 1) }),
    );
  const [lead, ...texts] = [0, 1, 2].map(() => element("span", {}));
  const node = element(
    "p",
    { class: "lm-bp-legend" },
    lead,
    element("span", {}, sample("positive", 0.2), strings.positive),
    element("span", {}, sample("negative", 0.2), strings.negative),
    element("span", {}, sample("positive", 1), texts[0]),
    element("span", {}, sample("positive", 0.0625), texts[1]),
    element("span", {}, strings.legend_drag),
  );
  return {
    node,
    show(settings, state) {
      setText(lead, settings.graph === "chain" ? strings.legend_chain : strings.legend);
      state.words.legend.forEach((text, i) => setText(texts[i], text));
    },
  };
}

/** The selected node in words and numbers. */
function createPanel() {
  const title = element("strong", { class: "lm-bp-title" });
  const computes = element("p", { class: "lm-bp-computes" });
  const lines = [0, 1, 2].map(() => {
    const [text, why] = [element("span", {}), element("span", { class: "lm-bp-why" })];
    return { text, why, node: element("li", {}, text, why) };
  });
  const check = element("span", {});
  const measured = element("span", { class: "lm-bp-why" });
  const checkRow = element("p", { class: "lm-bp-check" }, check, measured);
  const node = element("div", { class: "lm-bp-panel" }, title, computes, element("ul", {}, lines.map((line) => line.node)), checkRow);
  return {
    node,
    show(state) {
      const { panel } = state.words;
      setText(title, panel.title);
      setText(computes, panel.computes);
      lines.forEach((line, i) => {
        line.node.hidden = i >= panel.lines.length;
        setText(line.text, panel.lines[i]?.text ?? "");
        setText(line.why, panel.lines[i]?.why ?? "");
      });
      setText(check, panel.check);
      setText(measured, panel.measured);
      checkRow.dataset.tone = state.visited.includes(state.selected) ? toneOf(state.verdicts[state.selected]) : "open";
    },
  };
}

function toneOf(verdict) {
  if (verdict === "agrees" || verdict === "agrees_coarsely") return "good";
  return verdict === "mistake" ? "bad" : "open";
}

/** The table of all nodes; the value of a leaf is a field. */
function createTable({ strings, signal, onValue }) {
  const columns = ["node", "value", "gradient", "difference", "error"];
  const head = element("tr", {}, columns.map((name) => element("th", { scope: "col" }, strings[name])));
  const body = element("tbody", {});
  const node = element(
    "div",
    { class: "lm-bp-scroll", tabindex: 0, role: "region", "aria-label": strings.table },
    element("table", {}, element("thead", {}, head), body),
  );
  let built = "";
  let rows = [];
  let life = null;
  signal.addEventListener("abort", () => life?.abort());

  function build(settings, state) {
    life?.abort();
    life = new AbortController();
    const nodes = nodesOf(settings);
    rows = state.listing.map((name) => {
      const { leaf, isStep } = nodes.find((candidate) => candidate.name === name);
      const cells = columns.slice(1).map(() => element("td"));
      const field =
        leaf &&
        numberField({
          ...VALUES,
          step: 0.05,
          onChange: (value) => onValue(leaf, value),
          signal: life.signal,
          "aria-label": `${pretty(name)}, ${strings.value}`,
        });
      if (field) cells[0].append(field.node);
      const row = element("tr", { class: isStep ? null : "lm-bp-carried" }, element("th", { scope: "row" }, pretty(name)), cells);
      return { name, row, cells, field };
    });
    body.replaceChildren(...rows.map(({ row }) => row));
    node.scrollTop = 0;
  }

  let last = null;

  function show(settings, state) {
    const wanted = [settings.graph, settings.graph === "chain" && settings.depth].join();
    if (built !== wanted) {
      built = wanted;
      build(settings, state);
    }
    rows.forEach(({ name, row, cells, field }, i) => {
      const words = state.words.rows[i];
      if (field) field.show(state.values[name]);
      else setText(cells[0], words.value);
      [words.gradient, words.difference, words.error].forEach((text, k) => setText(cells[k + 1], text));
      row.dataset.tone = state.visited.includes(name) ? toneOf(state.verdicts[name]) : "open";
      row.dataset.current = name === state.current;
      row.dataset.first = name === state.firstWrong;
    });
    if (last === state.current) return;
    last = state.current;
    // Only this box scrolls, never the page.
    const current = rows.find(({ name }) => name === state.current)?.row;
    if (current) node.scrollTop = current.offsetTop - node.clientHeight / 2;
  }

  return { node, show };
}

// ---------------------------------------------------------------------------------------------------------
// The lab

const PLAY_PACE = 900; // milliseconds a node

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
  const root = element("section", { class: "lm-lab lm-backprop", lang: language, "aria-label": strings.title });
  let notice = "";
  let timer = 0; // of playing
  let guessedFor = ""; // what the words beside the guess belong to
  let state = null;

  const binding = bindSettings({ model, schema: SCHEMA, onChange: takeUp, signal });
  const change = (asked) => {
    stopPlaying();
    binding.change(asked);
  };
  const onValue = ([setting, index], value) =>
    change({ [setting]: binding.current[setting].map((kept, i) => (i === index ? value : kept)) });

  const common = (name) => ({ label: strings[name], onChange: (value) => change({ [name]: value }), signal });
  const choice = (name, more = {}) =>
    selectControl({
      ...common(name),
      options: SCHEMA[name].choices.map((value) => [value, strings[`${name}_${value}`]]),
      ...more,
    });
  const slider = (name, axis, positions, round, step) => sliderControl({ ...common(name), language, axis, positions, round, step });
  const choices = {
    graph: choice("graph", { onChange: (graph) => change({ graph, step: 0, selected: "current" }) }),
    activation: choice("activation"),
    loss: choice("loss"),
    mistake: choice("mistake"),
  };
  const [activationSelect, lossSelect] = ["activation", "loss"].map((name) => choices[name].node.querySelector("select"));
  const fixedLoss = element("option", { value: "fixed", hidden: true });
  lossSelect.append(fixedLoss);
  const sliders = {
    h: slider("h", logAxis(SCHEMA.h.minimum, SCHEMA.h.maximum), 24, (value) => Number(value.toPrecision(1)), "any"),
    target: slider("target", linearAxis(0, 1), 20, (value) => Math.round(value * 20) / 20, 0.05),
    depth: slider("depth", linearAxis(2, LARGEST_DEPTH), LARGEST_DEPTH - 2, Math.round, 1),
  };
  const graph = createGraph({ strings, signal, onSelect: (selected) => change({ selected }), onValue });
  const legend = createLegend(strings);
  const readout = createReadout(signal);
  const panel = createPanel();
  const table = createTable({ strings, signal, onValue });

  const goTo = (step) => change({ step: Math.min(state.order.length, Math.max(0, step)), selected: "current" });
  const visitedSteps = () => Math.min(binding.current.step, state.order.length);
  const playButton = button(strings.play, () => (timer ? stopPlaying() : play()), signal);
  const buttons = [
    button(strings.back, () => goTo(visitedSteps() + 1), signal, { class: "lm-button lm-bp-main" }),
    button(strings.undo, () => goTo(visitedSteps() - 1), signal),
    button(strings.all, () => goTo(state.order.length), signal),
    playButton,
  ];

  const guessName = element("span", {});
  const guessField = element("input", { type: "number", step: "any", class: "lm-number", onkeydown: (event) => event.key === "Enter" && checkGuess(), signal });
  const guessSaid = element("span", { class: "lm-said", role: "status" });
  const guess = element("div", { class: "lm-bp-guess" }, element("label", {}, guessName, guessField), button(strings.check, checkGuess, signal));

  function checkGuess() {
    const { code, text } = judgeGuess(binding.current, guessField.value === "" ? NaN : guessField.valueAsNumber, language);
    guessSaid.dataset.tone = code === "right" ? "good" : "bad";
    setText(guessSaid, text);
  }

  function takeUp(problems) {
    const { current } = binding;
    const named = current.selected === "current" ? strings.selected_current : pretty(current.selected);
    notice = describeProblems(problems, SCHEMA, current, { ...strings, [`selected_${current.selected}`]: named }, language);
    draw();
  }

  function draw() {
    const { current } = binding;
    state = describe(current, language);
    graph.show(current, state);
    legend.show(current, state);
    const judged = state.visited.map((name) => toneOf(state.verdicts[name]));
    const tone = judged.includes("bad") ? "bad" : judged.length && judged.every((one) => one === "good") ? "good" : "open";
    readout.show(state.words.readout, tone, notice);
    panel.show(state);
    table.show(current, state);
    activationSelect.disabled = isSigmoid(current);
    lossSelect.disabled = current.graph !== "neuron";
    setText(fixedLoss, strings[`loss_${current.graph}`] ?? strings.loss_squared_error);
    const inChoices = { ...current, activation: usedActivation(current), loss: lossSelect.disabled ? "fixed" : current.loss };
    for (const [name, control] of Object.entries(choices)) control.show(inChoices[name]);
    for (const [name, control] of Object.entries(sliders)) control.show(current[name]);
    const targetLabel = current.graph === "network" ? strings.target_class : strings.target;
    sliders.target.disable(current.graph === "two_paths" ? strings.target_unused : null, targetLabel);
    sliders.depth.disable(current.graph === "chain" ? null : strings.depth_unused);
    setText(guessName, state.words.guess);
    guessField.disabled = !state.upcoming;
    // A guess belongs to one node of one graph at the values that it was made for.
    const belongs = JSON.stringify({ ...current, selected: "", h: 0, mistake: "" });
    if (guessedFor !== belongs) {
      guessedFor = belongs;
      guessField.value = "";
      setText(guessSaid, "");
    }
  }

  function play() {
    if (visitedSteps() === state.order.length) goTo(0);
    setText(playButton, strings.pause);
    timer = setInterval(() => {
      binding.change({ step: visitedSteps() + 1, selected: "current" });
      if (visitedSteps() === state.order.length) stopPlaying();
    }, PLAY_PACE);
  }

  function stopPlaying() {
    clearInterval(timer);
    timer = 0;
    setText(playButton, strings.play);
  }

  const lessMotion = matchMedia("(prefers-reduced-motion: reduce)");
  const allowMotion = () => {
    playButton.hidden = lessMotion.matches;
    if (lessMotion.matches) stopPlaying();
  };

  root.append(
    element("div", { class: "lm-bp-choices" }, Object.values(choices).map((control) => control.node)),
    graph.node,
    legend.node,
    element("div", { class: "lm-bp-bar-row" }, element("div", { class: "lm-buttons" }, buttons), guess, guessSaid),
    readout.node,
    element("div", { class: "lm-bp-below" }, panel.node, table.node),
    element("div", { class: "lm-bp-sliders" }, Object.values(sliders).map((control) => control.node)),
    element(
      "div",
      { class: "lm-buttons" },
      button(LAB_STRINGS[language].reset, () => change(binding.initial), signal),
      linkButton(site, () => binding.current, language, signal),
    ),
  );
  el.replaceChildren(root);
  watchTheme(root, signal);
  lessMotion.addEventListener("change", allowMotion, { signal });
  signal.addEventListener("abort", stopPlaying);
  playButton.hidden = lessMotion.matches;
  binding.change(initial ?? {});
  return life;
}

export default { render };
