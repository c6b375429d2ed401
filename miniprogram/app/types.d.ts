declare namespace WechatMiniprogram.Component {
  interface InstanceProperties {
    /** What an instance remembers and does not show: how to stop watching, an upload on its way. */
    own: Record<string, any>;
  }
}
